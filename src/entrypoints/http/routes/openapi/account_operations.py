"""The operation on accounts in the OpenAPI document."""

from entrypoints.http.routes.openapi.documented import Documented, Success
from entrypoints.http.routes.openapi.documented_errors import DocumentedErrors
from entrypoints.http.routes.openapi.examples import ACCOUNT as EXAMPLE
from entrypoints.http.routes.openapi.operations import AUTHENTICATION, AWAY
from entrypoints.schemas import AccountObject

ACCOUNT = Documented(
    successes=(Success(status=200, about="What the user has and may have.", body=AccountObject, example=EXAMPLE),),
    errors=DocumentedErrors((*AUTHENTICATION, *AWAY)),
)
