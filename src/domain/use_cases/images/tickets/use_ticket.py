"""Store the one image of a ticket."""

from dataclasses import dataclass

from domain.errors import (
    IdempotencyKeyReused,
    InvalidToken,
    ScopeMissing,
    SubmissionKeyTaken,
    SubmittedImageDeleted,
    TicketExpired,
    TicketInvalid,
    TicketUsed,
)
from domain.model.access.access_key import Principal, Scope
from domain.model.images.image import Image
from domain.model.images.ticket import Ticket
from domain.ports.auth import Tickets
from domain.ports.database.lookups import Lookups
from domain.ports.staging import StagedFile
from domain.use_cases.access.authenticate import Authenticate
from domain.use_cases.images.store_image import StoreImage


@dataclass(frozen=True, slots=True)
class UseTicket:
    """Store an upload as the image that a ticket allows.

    - The ticket is permission enough. No token is needed.
    - It is used up by the upload that is stored first. The same upload again gets the same image, as with an idempotency
      key, so that it can be repeated.
    - ``store_image`` returns no image that exists already: a stranger would learn what its user has.
    """

    authenticate: Authenticate
    lookups: Lookups
    tickets: Tickets
    store_image: StoreImage

    async def open(self, text: str) -> tuple[Ticket, Principal]:
        """The ticket with this text, if it may be used now: unless an image was stored by it. With it, who stores by it.

        Raises:
            TicketInvalid: it is forged, or its key is no longer valid.
            TicketExpired: it has expired.
        """
        ticket = self.tickets.open(text)
        return ticket, await self._principal(ticket)

    async def __call__(self, ticket: Ticket, upload: StagedFile, submitted_name: str) -> Image:
        """The image.

        Raises:
            TicketInvalid, TicketExpired: it ended while the upload was received.
            TicketUsed: another upload was stored by it, or its image is deleted or replaced.
        """
        principal = await self._principal(ticket)
        name = submitted_name if ticket.name is None else ticket.name
        try:
            stored = await self.store_image(principal, upload, name, ticket.submission_key, ticket.details)
        except (IdempotencyKeyReused, SubmissionKeyTaken, SubmittedImageDeleted) as error:
            raise TicketUsed from error
        if stored.image.original.uploaded != upload.digest:  # its user replaced it: the new bytes are for nobody else
            raise TicketUsed
        return stored.image

    async def _principal(self, ticket: Ticket) -> Principal:
        if self.authenticate.clock.now() >= ticket.expires_at:
            raise TicketExpired
        held = await self.lookups.find_key(ticket.serial)
        try:
            principal = self.authenticate.judge(held, is_genuine=True)
            principal.require(Scope.WRITE)
        except (InvalidToken, ScopeMissing):
            raise TicketInvalid from None
        return principal
