"""The route that tells what the user of an access key has and may have.

Use cases: access/quotas.
"""

from dataclasses import dataclass

from litestar import Response, get

from domain.use_cases.access.quotas import ShowAccount
from entrypoints.http.admission.rates import Rates
from entrypoints.http.injection import Injected
from entrypoints.http.protocol.authentication import token_of
from entrypoints.http.protocol.problems import AnyRequest, json_answer
from entrypoints.http.routes.images import ImageEndpoints
from entrypoints.http.routes.openapi.account_operations import ACCOUNT
from entrypoints.schemas import RateObject, account_object


@dataclass(frozen=True, slots=True)
class AccountEndpoints:
    """Everything that the route uses."""

    images: ImageEndpoints
    show_account: ShowAccount
    rates: Rates


@get(
    "/account",
    operation_class=ACCOUNT.operation,
    responses=ACCOUNT.responses,
    operation_id="show_account",
    summary="Show usage and quota",
    status_code=200,
)
async def show_account(request: AnyRequest, account: Injected[AccountEndpoints]) -> Response[bytes]:
    """What the user of the access key has stored, what is left of the quota, and how many requests the key may make."""
    principal = await account.images.caller(request.scope)
    serial, _ = account.images.authenticate.tokens.parse(token_of(request.scope))
    rates = {each.name: RateObject(each.rate, each.remaining, each.reset) for each in account.rates.standings(serial)}
    return json_answer(account_object(account.show_account(principal), rates))
