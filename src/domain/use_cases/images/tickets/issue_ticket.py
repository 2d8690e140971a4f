"""Issue a ticket."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.model.access.access_key import Scope
from domain.model.audit.record import Action, Deed
from domain.model.images.details import NO_CHANGE, DetailsChange
from domain.model.images.ticket import DEFAULT_LIFETIME, Ticket
from domain.ports.auth import Tickets
from domain.ports.database.audit_table import AuditTrail
from domain.ports.system import RandomValues
from domain.use_cases.access.authenticate import Authenticate


@dataclass(frozen=True, slots=True)
class IssueTicket:
    """Let others store one image in the name of the access key whose token is given. Nothing is stored until they do."""

    authenticate: Authenticate
    tickets: Tickets
    random_values: RandomValues
    trail: AuditTrail | None = None

    async def __call__(
        self,
        token: str,
        *,
        lifetime: timedelta = DEFAULT_LIFETIME,
        max_bytes: int | None = None,
        name: str | None = None,
        details: DetailsChange = NO_CHANGE,
    ) -> tuple[str, datetime]:
        """The text of the ticket, and when it expires.

        Raises:
            InvalidToken, ScopeMissing: the key may not store images.
            InvalidValue: the ticket cannot be issued like this.
        """
        principal = await self.authenticate(token)
        principal.require(Scope.WRITE)
        serial, _ = self.authenticate.tokens.parse(token)
        now = self.authenticate.clock.now()
        ticket = Ticket(
            id=self.random_values.ticket_id(),
            serial=serial,
            expires_at=now + lifetime,
            max_bytes=max_bytes,
            name=name,
            details=details,
        )
        ticket.check(now)
        if self.trail is not None:
            await self.trail.note(
                Deed(Action.TICKET_ISSUED, principal.user, "", f"until {ticket.expires_at:%Y-%m-%dT%H:%M:%SZ}")
            )
        return self.tickets.seal(ticket), ticket.expires_at
