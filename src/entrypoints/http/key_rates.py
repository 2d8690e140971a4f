"""Refusing requests of access keys that make too many, and telling how many are left (the fields ``RateLimit``)."""

from litestar import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from domain.errors import CalotypeError
from domain.model.access.access_key import Serial
from domain.ports.auth import Tickets, Tokens
from entrypoints.http.admission.rates import REQUESTS, WINDOW, Rates
from entrypoints.http.metrics.figures import Metrics
from entrypoints.http.metrics.measured import Measured
from entrypoints.http.protocol.addresses import Addresses
from entrypoints.http.protocol.answers import Headers
from entrypoints.http.protocol.authentication import token_of
from entrypoints.http.protocol.errors import RateExceeded
from entrypoints.http.protocol.headers import header
from entrypoints.http.protocol.problems import WITH_BODY, answer_error
from entrypoints.http.protocol.queries import first_values
from entrypoints.http.uploading.early_refusal import EarlyRefusals


class KeysHaveRates:
    """An ASGI middleware that refuses requests of keys that make too many, and tells the others how many are left.

    A request counts for the key whose token or ticket it sends, if this service made that: so strangers cannot fill the
    memory. Whether the key is still valid is found out later.
    """

    def __init__(
        self, app: ASGIApp, rates: Rates, tokens: Tokens, tickets: Tickets, addresses: Addresses, *, metrics: Metrics
    ) -> None:
        self._app = app
        self._rates = rates
        self._tokens = tokens
        self._tickets = tickets
        self._addresses = addresses
        self._metrics = metrics
        policies = ", ".join(f'"{rate.name}";q={rate.rate};w={WINDOW}' for rate in rates.limited.values())
        self._policies = (b"ratelimit-policy", policies.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = self._key(scope) if scope["type"] == ScopeType.HTTP else None
        if scope["type"] != ScopeType.HTTP or key is None:
            await self._app(scope, receive, send)
            return

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers(key)]
            await send(message)

        try:
            self._take(scope, key)
        except RateExceeded as error:
            answer = answer_error(self._addresses, Request(scope), error).to_asgi_response(None, Request(scope))
            await Measured(EarlyRefusals(answer), self._metrics)(scope, receive, telling)
        else:
            await self._app(scope, receive, telling)

    def _take(self, scope: HTTPScope, key: Serial) -> None:
        for rate in self._rates.limited.values():
            if rate.name == REQUESTS or _is_upload(scope):
                rate.take(key)

    def _headers(self, key: Serial) -> Headers:
        left = ", ".join(f'"{each.name}";r={each.remaining};t={each.reset}' for each in self._rates.standings(key))
        return [self._policies, (b"ratelimit", left.encode())]

    def _key(self, scope: HTTPScope) -> Serial | None:
        try:
            if scope["path"].rstrip("/") == "/upload":
                return self._tickets.open(first_values(scope).get("ticket", "")).serial
            serial, is_genuine = self._tokens.parse(token_of(scope))
        except CalotypeError:
            return None
        return serial if is_genuine else None


def _is_upload(scope: HTTPScope) -> bool:
    """Whether the request sends an image. JSON that is no URL of one changes details, or asks for a ticket."""
    if scope["method"] not in WITH_BODY or not scope["path"].startswith(("/image", "/upload")):
        return False
    return scope["method"] != "PATCH" or "json" not in (header(scope, b"content-type") or "").lower()
