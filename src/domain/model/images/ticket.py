"""Tickets: permission to store one image, for everyone who has it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NewType

from domain.errors import InvalidValue
from domain.model.access.access_key import Serial
from domain.model.images.details import NO_CHANGE, NO_DETAILS, DetailsChange, Slug, check_new_name
from domain.model.images.submission import REMEMBERED_FOR, SubmissionKey

TicketId = NewType("TicketId", str)

DEFAULT_LIFETIME = timedelta(hours=1)
LONGEST_LIFETIME = REMEMBERED_FOR
"""As long as it is remembered that a ticket was used: no ticket outlives that."""
LONGEST_TEXTS = 1800  # bytes of UTF-8 of name, alt and tags, so that the ticket fits into a URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Permission to store one image in the name of an access key, until ``expires_at``.

    ``serial``: that of the key, which must still be valid then. ``max_bytes``: the size of the largest file, within the
    limit of the settings. ``name``: replaces that of the file. ``details``: those of the image.
    """

    id: TicketId
    serial: Serial = field(repr=False)
    expires_at: datetime
    max_bytes: int | None = None
    name: str | None = None
    details: DetailsChange = NO_CHANGE

    @property
    def submission_key(self) -> SubmissionKey:
        """The key under which its one upload is remembered. No client can send one with a space."""
        return SubmissionKey(f"ticket {self.id}")

    def check(self, at: datetime) -> None:
        """Return if the ticket can be issued at this moment.

        Raises:
            InvalidValue: something in it cannot be used.
        """
        if not timedelta() < self.expires_at - at <= LONGEST_LIFETIME:
            raise InvalidValue("expires_in", f"give 1 to {LONGEST_LIFETIME // timedelta(seconds=1):,} seconds")
        if self.max_bytes is not None and self.max_bytes < 1:
            raise InvalidValue("max_bytes", "give a size of at least one byte")
        check_new_name(self.name)
        image_expires_at = self.details.expires_at
        if isinstance(image_expires_at, datetime) and image_expires_at <= self.expires_at:
            raise InvalidValue("image_expires_at", "give a time after the ticket expires")
        self.details.applied(NO_DETAILS, slug=Slug(""), at=at)
        texts = (self.name or "", self.details.alt or "", *(self.details.tags or ()))
        if sum(len(text.encode(errors="replace")) for text in texts) > LONGEST_TEXTS:
            raise InvalidValue("ticket", f"give a name, alt and tags of at most {LONGEST_TEXTS:,} bytes in all")
