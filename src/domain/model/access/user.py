"""Users: the names that images and access keys belong to."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from domain.errors import InvalidValue

UserId = NewType("UserId", int)

LONGEST_USERNAME = 150  # characters
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 1024  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDraft:
    """A user who is about to be added: everything but the id, which the repository gives."""

    username: str
    password_hash: str | None = field(default=None, repr=False)
    created_at: datetime

    def with_id(self, id: UserId) -> "User":
        """The user, not disabled."""
        return User(id=id, username=self.username, password_hash=self.password_hash, created_at=self.created_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user. Without a ``password_hash`` the user cannot get a token by logging in."""

    id: UserId
    username: str
    password_hash: str | None = field(default=None, repr=False)
    created_at: datetime
    disabled_at: datetime | None = None

    @property
    def is_disabled(self) -> bool:
        return self.disabled_at is not None


def username_from(text: str) -> str:
    """``text`` as a user name, in Unicode NFC.

    Raises:
        InvalidValue: it is empty, too long, or holds white space or control characters.
    """
    username = unicodedata.normalize("NFC", text)
    if not 1 <= len(username) <= LONGEST_USERNAME:
        raise InvalidValue("username", f"must have 1 to {LONGEST_USERNAME} characters")
    if any(unicodedata.category(each)[0] in "CZ" for each in username):
        raise InvalidValue("username", "must not hold spaces or control characters")
    return username


def checked_password(text: str) -> str:
    """``text``, if it may be used as a password.

    Raises:
        InvalidValue: it is too short or too long.
    """
    if not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
        raise InvalidValue("password", f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return text
