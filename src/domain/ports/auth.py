"""Secrets: tokens, passwords, and how fast they may be guessed."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.model.access.access_key import AccessKeyId, Serial


class Tokens(Protocol):
    """Derives what a client sends from what is stored, with a secret that is stored elsewhere."""

    @abstractmethod
    def derive(self, serial: Serial) -> str:
        """The token of the key with this serial: the same each time while the server's secret stays."""
        ...

    @abstractmethod
    def parse(self, token: str) -> tuple[Serial, bool]:
        """The serial inside ``token``, and whether a live secret vouches for it.

        Anything at all may be given; what has not the form of a token yields a serial that no key has, and False, in
        about the same time. Comparison takes the same time wherever the difference lies.
        """
        ...


class Passwords(Protocol):
    """Slow hashes (argon2id), computed off the event loop, a bounded number at once."""

    @abstractmethod
    async def hash(self, password: str) -> str:
        """A salted hash in the PHC string format."""
        ...

    @abstractmethod
    async def verify(self, password: str, hash: str | None) -> bool:
        """Whether ``hash`` is of ``password``; with None, False after the same work.

        Raises:
            TooManyAttempts: too many are waiting already.
        """
        ...


class Attempts(Protocol):
    """Counts failures per caller, within bounded memory."""

    @abstractmethod
    def charge(self, *, address: str, username: str) -> None:
        """Count one attempt against both.

        Raises:
            TooManyAttempts: either has used up its attempts; nothing is counted then.
        """
        ...

    @abstractmethod
    def refund(self, *, address: str, username: str) -> None:
        """Take back the charge of an attempt that turned out right."""
        ...


class KeyUses(Protocol):
    """Remembers when keys were used until somebody writes it down, so that no request waits for that."""

    @abstractmethod
    def note(self, key: AccessKeyId, at: datetime) -> None:
        """Remember a use, unless a later one is remembered."""
        ...

    @abstractmethod
    def drain(self) -> Sequence[tuple[AccessKeyId, datetime]]:
        """The latest use of each key since the last call."""
        ...
