"""Tickets as texts: their content in MessagePack with an HMAC, both in base64url."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, msgpack

from domain.errors import TicketInvalid
from domain.model.access.access_key import Serial
from domain.model.images.details import UNCHANGED, DetailsChange
from domain.model.images.ticket import Ticket, TicketId
from domain.ports.auth import Tickets


class _Content(Struct, frozen=True, array_like=True):
    """What a ticket holds. New members go to the end and have defaults: tickets of an earlier version must be read."""

    id: str
    serial: bytes
    expires_at: datetime
    max_bytes: int | None
    name: str | None
    alt: str | None
    tags: tuple[str, ...] | None
    public: bool | None
    image_expires_at: datetime | None


class HmacTickets(Tickets):
    """``<content>.<signature>``. The content is readable for everyone who has the ticket."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """``keys``: the first one signs, all are accepted."""
        self._keys = tuple(keys)

    def seal(self, ticket: Ticket) -> str:
        details = ticket.details
        content = _Content(
            id=ticket.id,
            serial=ticket.serial,
            expires_at=ticket.expires_at,
            max_bytes=ticket.max_bytes,
            name=ticket.name,
            alt=details.alt,
            tags=None if details.tags is None else tuple(details.tags),
            public=details.public,
            image_expires_at=None if details.expires_at is UNCHANGED else details.expires_at,
        )
        text = _base64(msgpack.encode(content))
        return f"{text}.{_signature(self._keys[0], text)}"

    def open(self, text: str) -> Ticket:
        stated, _, signature = text.partition(".")
        given = signature.encode(errors="replace")
        # Compare the texts, not the decoded bytes: several base64 texts decode to the same bytes.
        genuine = [hmac.compare_digest(_signature(key, stated).encode(), given) for key in self._keys]
        if not any(genuine):
            raise TicketInvalid
        content = msgpack.decode(urlsafe_b64decode(stated + "=" * (-len(stated) % 4)), type=_Content)
        return Ticket(
            id=TicketId(content.id),
            serial=Serial(content.serial),
            expires_at=content.expires_at,
            max_bytes=content.max_bytes,
            name=content.name,
            details=DetailsChange(
                alt=content.alt,
                tags=content.tags,
                public=content.public,
                expires_at=UNCHANGED if content.image_expires_at is None else content.image_expires_at,
            ),
        )


def _signature(key: bytes, text: str) -> str:
    return _base64(hmac.digest(key, text.encode(errors="replace"), "sha256"))


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
