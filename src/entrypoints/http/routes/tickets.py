"""Tickets: a client issues one, and another client, without a token, stores an image by it.

Use cases: images/tickets/issue_ticket, images/tickets/use_ticket.
"""

from dataclasses import dataclass

from litestar import Response, post

from adapters.shared.run_to_completion import run_to_completion
from domain.model.access.access_key import Scope
from domain.model.audit.record import ActorKind
from domain.use_cases.images.tickets.issue_ticket import IssueTicket
from domain.use_cases.images.tickets.use_ticket import UseTicket
from entrypoints.http.injection import Injected
from entrypoints.http.protocol.authentication import token_of
from entrypoints.http.protocol.errors import UnsupportedMediaType
from entrypoints.http.protocol.json_body import MEDIA_TYPE, read_object, stated
from entrypoints.http.protocol.problems import AnyRequest, json_answer
from entrypoints.http.protocol.queries import first_values
from entrypoints.http.routes.images import ImageEndpoints
from entrypoints.http.routes.openapi.ticket_operations import ISSUE, UPLOAD
from entrypoints.http.routes.ticket_body import TicketRequest
from entrypoints.http.uploading.form_headers import media_type_of
from entrypoints.http.uploading.whole_body import whole_body
from entrypoints.schemas import TicketObject, moment


@dataclass(frozen=True, slots=True)
class TicketEndpoints:
    """Everything that the routes of tickets use."""

    images: ImageEndpoints
    issue_ticket: IssueTicket
    use_ticket: UseTicket


@post(
    "/ticket",
    operation_class=ISSUE.operation,
    responses=ISSUE.responses,
    operation_id="issue_ticket",
    summary="Ask for a ticket",
    status_code=201,
)
async def issue(request: AnyRequest, tickets: Injected[TicketEndpoints]) -> Response[bytes]:
    """Issue a ticket: a URL by which one image can be stored without a token, once."""
    token = token_of(request.scope)
    principal = await tickets.images.caller(request.scope)
    principal.require(Scope.WRITE)  # before the body is read
    body = await whole_body(request)
    if body and media_type_of(request) != MEDIA_TYPE:
        raise UnsupportedMediaType((MEDIA_TYPE,))
    wanted = read_object(body or b"{}", TicketRequest)
    with tickets.images.acting(request.scope, principal):
        text, expires_at = await tickets.issue_ticket(
            token,
            lifetime=wanted.lifetime,
            max_bytes=stated(wanted.max_bytes),
            name=wanted.new_name,
            details=wanted.details,
        )
    url = f"{tickets.images.addresses.of(request.scope)}/upload/?ticket={text}"
    return json_answer(TicketObject(url, moment(expires_at)), 201)


@post(
    "/upload",
    operation_class=UPLOAD.operation,
    responses=UPLOAD.responses,
    operation_id="upload_by_ticket",
    summary="Store an image with a ticket",
    status_code=201,
)
async def upload(request: AnyRequest, tickets: Injected[TicketEndpoints]) -> Response[bytes]:
    """Store the one image that a ticket allows. It is verified and compressed first."""
    text = first_values(request.scope).get("ticket", "")
    ticket, principal = await tickets.use_ticket.open(text)  # before the body is read
    async with tickets.images.uploads.receive(request, principal.user, largest=ticket.max_bytes) as upload:
        with tickets.images.acting(request.scope, principal, ActorKind.TICKET):
            image = await run_to_completion(tickets.use_ticket(ticket, upload.file, upload.filename))
    tickets.images.metrics.uploaded("stored", image.original.receipt)
    return tickets.images.stored(request.scope, image, 201, is_located=True)


ROUTES = (issue, upload)
