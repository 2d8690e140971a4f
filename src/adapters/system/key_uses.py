"""Uses of access keys that are not in the database yet."""

from collections.abc import Sequence
from datetime import datetime

from domain.model.access.access_key import AccessKeyId
from domain.ports.auth import KeyUses


class RecentKeyUses(KeyUses):
    """Keeps the last use of each key, so the number of keys bounds the memory."""

    def __init__(self) -> None:
        self._uses: dict[AccessKeyId, datetime] = {}

    def note(self, key: AccessKeyId, at: datetime) -> None:
        self._uses[key] = max(at, self._uses.get(key, at))

    def drain(self) -> Sequence[tuple[AccessKeyId, datetime]]:
        uses, self._uses = self._uses, {}
        return list(uses.items())
