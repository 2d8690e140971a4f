"""Tokens, tickets, secrets of webhooks, passwords, pseudonyms, and the last use of keys."""

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from domain.model.access.access_key import AccessKeyId, Serial
from domain.model.access.log_in_policy import Pseudonym
from domain.model.images.ticket import Ticket


class Tokens(Protocol):
    """Derives tokens from the serials in the database, with the server secret, which is not in the database."""

    @abstractmethod
    def derive(self, serial: Serial) -> str:
        """The token of the key with this serial: always the same as long as the server secret is."""
        ...

    @abstractmethod
    def parse(self, token: str) -> tuple[Serial, bool]:
        """The serial in ``token``, and whether the token was derived with one of the server secrets.

        Any text may be given. Text that is no token gives a serial that no key has, and False, in about the same time.
        The comparison takes the same time wherever the difference is.
        """
        ...


class Tickets(Protocol):
    """Tickets as texts that are safe in a URL, for which the server secret vouches. Nothing is stored."""

    @abstractmethod
    def seal(self, ticket: Ticket) -> str:
        """A text from which ``open`` makes the same ticket; of at most 2,800 characters for one that may be issued."""
        ...

    @abstractmethod
    def open(self, text: str) -> Ticket:
        """The ticket with this text. Any text may be given.

        Raises:
            TicketInvalid: none of the server secrets sealed it; one changed character is enough.
        """
        ...


class WebhookSecrets(Protocol):
    """Derives the secrets of webhooks from the serials in the database, with the server secret. Signs by HMAC-SHA256."""

    @abstractmethod
    def derive(self, serial: Serial) -> str:
        """The secret of the webhook with this serial: ``whsec_`` and base64, as Standard Webhooks writes it."""
        ...

    @abstractmethod
    def sign(self, serial: Serial, message: str, at: int, body: bytes) -> str:
        """The header ``webhook-signature`` of the message with this id, sent ``at`` this Unix time.

        While there are several server secrets, it holds a signature for each, so receivers may have any of the secrets.
        """
        ...


class Passwords(Protocol):
    """Slow hashes (argon2id), computed outside of the event loop. The number computed at once is limited."""

    @abstractmethod
    async def hash(self, password: str) -> str:
        """A salted hash in the PHC string format."""
        ...

    @abstractmethod
    async def verify(self, password: str, hash: str | None) -> bool:
        """Whether ``hash`` is the hash of ``password``. With None: False, after the same work."""
        ...

    @abstractmethod
    def turn(self, *, address: str, username: str) -> AbstractAsyncContextManager[None]:
        """A turn to verify a password. Addresses take turns, and one address has one turn at a time for one name.

        Raises:
            TooManyAttempts: too many others wait for a turn already, or it did not come in time.
        """
        ...


class Pseudonyms(Protocol):
    """Stands for texts that are not to be stored. They cannot be told from it without the server secret."""

    @abstractmethod
    def of(self, *texts: str) -> Pseudonym:
        """Always the same for the same texts in this order, as long as the server secret is; else another. Any text will do."""
        ...


class KeyUses(Protocol):
    """Keeps the times when keys were used until they are written to the database, so that no request waits for that."""

    @abstractmethod
    def note(self, key: AccessKeyId, at: datetime) -> None:
        """Record a use, unless a later one is recorded."""
        ...

    @abstractmethod
    def drain(self) -> Sequence[tuple[AccessKeyId, datetime]]:
        """The latest use of each key since the last call."""
        ...
