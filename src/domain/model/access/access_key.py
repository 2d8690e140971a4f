"""Access keys: what a client may do, and for how long. The token that a client sends is derived, never stored."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.errors import InvalidValue, ScopeMissing
from domain.model.access.user import UserId
from domain.model.pixels.compression import CompressionMode

AccessKeyId = NewType("AccessKeyId", int)

Serial = NewType("Serial", bytes)
"""16 random bytes from which, with the server's secret, a key's token is derived."""

DEFAULT_KEY_NAME = "default"


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

    ``compression`` is what is done to pictures that are stored with this key; None: what the settings say.
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
        """The same permission under a new token; the old token is worth nothing from then on."""
        return replace(self, serial=serial)

    def compressing(self, mode: CompressionMode | None) -> "AccessKey":
        """The same permission and token, with another say about pictures that are stored from then on."""
        return replace(self, compression=mode)

    def revoked(self, at: datetime) -> "AccessKey":
        """This key made worthless for good; revoking twice keeps the first moment."""
        return replace(self, revoked_at=self.revoked_at or at)


@dataclass(frozen=True, slots=True)
class Principal:
    """On whose behalf something is done, what of it is allowed, and how pictures are compressed if not as usual."""

    user: UserId
    scopes: frozenset[Scope] = ALL_SCOPES
    compression: CompressionMode | None = None

    def require(self, scope: Scope) -> None:
        """Return if ``scope`` is held.

        Raises:
            ScopeMissing: it is not.
        """
        if scope not in self.scopes:
            raise ScopeMissing(scope.value)


def key_name_from(text: str) -> str:
    """``text`` as the name of a key.

    Raises:
        InvalidValue: it is empty, too long, or cannot be printed.
    """
    name = text.strip()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise InvalidValue("key name", "must have 1 to 100 printable characters")
    return name
