"""The operations of tickets in the OpenAPI document."""

from litestar.openapi.spec import OpenAPIFormat, OpenAPIType, RequestBody, Schema

from domain import errors as domain
from domain.model.images.naming import LARGEST_INTEGER
from domain.model.images.ticket import DEFAULT_LIFETIME, LONGEST_LIFETIME
from entrypoints.http.protocol import errors as http
from entrypoints.http.routes.openapi.documented import OPEN, Documented, Success, form, query
from entrypoints.http.routes.openapi.documented_errors import DocumentedErrors, UploadProblem
from entrypoints.http.routes.openapi.examples import IMAGE, TICKET
from entrypoints.http.routes.openapi.operations import AUTHENTICATION, AWAY, LOCATED, UPLOADING
from entrypoints.http.routes.openapi.parameters import NAMES
from entrypoints.http.routes.openapi.request_bodies import DETAIL_MEMBERS, FILE_ONLY
from entrypoints.schemas import ImageObject, TicketObject

ISSUING = RequestBody(
    required=False,
    description="What the ticket allows. Without a body, any one image within an hour.",
    content=form(
        "application/json",
        Schema(
            type=OpenAPIType.OBJECT,
            properties={
                "expires_in": Schema(
                    type=OpenAPIType.INTEGER,
                    minimum=1,
                    maximum=int(LONGEST_LIFETIME.total_seconds()),
                    default=int(DEFAULT_LIFETIME.total_seconds()),
                    description="seconds until the ticket expires",
                ),
                "max_bytes": Schema(
                    type=OpenAPIType.INTEGER, minimum=1, maximum=LARGEST_INTEGER, description="size of the largest file"
                ),
                "name": Schema(type=OpenAPIType.STRING, min_length=1, description="replaces the name of the file"),
                **DETAIL_MEMBERS,
                "image_expires_at": Schema(
                    type=[OpenAPIType.STRING, OpenAPIType.NULL],
                    format=OpenAPIFormat.DATE_TIME,
                    description="when the image is deleted, after the ticket expires; null = never",
                ),
            },
            additional_properties=False,
        ),
        {"expires_in": 600, "max_bytes": 5_000_000, "tags": ["avatar"]},
    ),
)

ISSUE = Documented(
    successes=(Success(status=201, about="The ticket.", body=TicketObject, example=TICKET),),
    errors=DocumentedErrors(
        (
            *AUTHENTICATION,
            http.InvalidBody,
            http.EncodedBody,
            http.UnsupportedMediaType,
            http.UploadTooSlow,
            http.BodyTooLarge,
            domain.InvalidValue,
            *AWAY,
        )
    ),
    request_body=ISSUING,
)

UPLOAD = Documented(
    successes=(
        Success(
            status=201,
            about="The image is stored, or was stored when the same file was sent with this ticket before.",
            body=ImageObject,
            example=IMAGE,
            headers=LOCATED,
            is_image=True,
        ),
    ),
    errors=DocumentedErrors(
        (
            domain.TicketInvalid,
            domain.TicketExpired,
            domain.TicketUsed,
            http.RateExceeded,
            *(error for error in UPLOADING if error not in AUTHENTICATION),
        ),
        UploadProblem,
    ),
    parameters=(query("ticket", "the ticket"), *NAMES),
    request_body=FILE_ONLY,
    security=OPEN,
)
