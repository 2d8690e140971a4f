"""Access keys: what a client may do, and until when. The token that a client sends is derived and never stored."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.errors import InvalidValue, ScopeMissing
from domain.model.access.quota import Usage
from domain.model.access.user import UserId
from domain.model.pixels.compression import CompressionMode

AccessKeyId = NewType("AccessKeyId", int)

Serial = NewType("Serial", bytes)
"""16 random bytes from which, with the server's secret, a key's token is derived."""

DEFAULT_KEY_NAME = "default"
LONGEST_KEY_NAME = 100  # characters


class Scope(StrEnum):
    READ = "read"
    WRITE = "write"
    DELETE = "delete"


ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKeyDraft:
    """A key that is about to be issued: everything but the id, which the repository gives."""

    user: UserId
    name: str
    serial: Serial = field(repr=False)
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    compression: CompressionMode | None = None

    def with_id(self, id: AccessKeyId) -> "AccessKey":
        """The key, never used and not revoked."""
        return AccessKey(
            id=id,
            user=self.user,
            name=self.name,
            serial=self.serial,
            scopes=self.scopes,
            created_at=self.created_at,
            expires_at=self.expires_at,
            compression=self.compression,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """Permission to act for one user. Names are unique among a user's keys that are not revoked.

    ``compression`` is the mode for images that are stored with this key; None: the mode of the settings.
    """

    id: AccessKeyId
    user: UserId
    name: str
    serial: Serial = field(repr=False)
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    compression: CompressionMode | None = None

    def is_usable(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def rotated(self, serial: Serial) -> "AccessKey":
        """The same permission with a new token. The old token stops working."""
        return replace(self, serial=serial)

    def compressing(self, mode: CompressionMode | None) -> "AccessKey":
        """The same permission and token, with another compression mode for images that are stored from now on."""
        return replace(self, compression=mode)

    def revoked(self, at: datetime) -> "AccessKey":
        """This key, revoked for good. Revoking it again keeps the first time."""
        return replace(self, revoked_at=self.revoked_at or at)


@dataclass(frozen=True, slots=True)
class Principal:
    """The user for whom something is done, with the scopes of the key, if there is one. ``compression`` as in ``AccessKey``.

    ``usage`` is what the user had when the key was read; None if that was not asked for. ``key`` is who is to be noted.
    """

    user: UserId
    scopes: frozenset[Scope] = ALL_SCOPES
    compression: CompressionMode | None = None
    usage: Usage | None = field(default=None, compare=False)
    key: AccessKeyId | None = field(default=None, compare=False)

    def require(self, scope: Scope) -> None:
        """Return if this principal has ``scope``.

        Raises:
            ScopeMissing: it has not.
        """
        if scope not in self.scopes:
            raise ScopeMissing(scope.value)


def key_name_from(text: str) -> str:
    """``text`` as the name of a key.

    Raises:
        InvalidValue: it is empty, too long, or holds characters that cannot be printed.
    """
    name = text.strip()
    if not 1 <= len(name) <= LONGEST_KEY_NAME or not name.isprintable():
        raise InvalidValue("key name", f"must have 1 to {LONGEST_KEY_NAME} printable characters")
    return name
