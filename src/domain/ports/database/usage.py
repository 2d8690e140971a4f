"""How much each user has stored, and what is reserved for uploads."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol

from domain.model.access.quota import Amount, OwnQuota, Quota, Usage, UsageTotal
from domain.model.access.user import UserId


class UsageRepository(Protocol):
    """The usage of each user.

    What is used is the sum over the user's images, at every commit: ``ImageRepository`` counts in the same transaction.
    What is reserved is the sum over the staged keys of ``BlobLedger`` that were given a reservation.
    """

    @abstractmethod
    async def find(self, user: UserId) -> Usage:
        """The usage of this user; that of a user who is unknown is nothing."""
        ...

    @abstractmethod
    async def list(self) -> Mapping[UserId, Usage]:
        """The usage of every user."""
        ...

    @abstractmethod
    async def total(self, usual: Quota) -> UsageTotal:
        """The usage of all users together. Whoever has no quota of their own has ``usual``."""
        ...

    @abstractmethod
    async def reserve(self, user: UserId, held: Amount, needed: Amount, usual: Quota) -> None:
        """Reserve ``held``, if there is room for ``needed``, which is at least as much.

        Exact however many reserve, store and delete at the same moment: what is used and reserved never exceeds a quota by
        this. Stage a key with ``held`` in the same unit of work: so the reservation ends when the key becomes live or is doomed.

        Raises:
            QuotaExceeded: there is no room.
        """
        ...

    @abstractmethod
    async def set_quota(self, user: UserId, own: OwnQuota) -> None:
        """Set the quota of a user. Images that exceed it stay."""
        ...
