"""Which pages of other origins may read responses (CORS).

Litestar answers the preflights. To the other responses it would add headers only where its own routes send them, and then
it replaces ``Vary``; so they are added here, to every response.
"""

from collections.abc import Sequence

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from entrypoints.http.protocol.answers import Headers
from entrypoints.http.protocol.caching import varying_by
from entrypoints.http.protocol.headers import header

# Browsers show other headers than these to no script, except for a few such as Content-Type and Last-Modified.
EXPOSED = (
    "Calotype-Error", "Calotype-Ignored", "Content-Disposition", "Content-Range", "ETag", "Location", "RateLimit",
    "RateLimit-Policy", "Retry-After", "X-Request-ID",
)  # fmt: skip
VARYING = b"Origin"


class CrossOrigin:
    """An ASGI middleware that lets pages of these origins send any request and read every response; ``*`` is any origin.

    Cookies are never allowed: a page has to know a token or a link.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._config = CORSConfig(allow_origins=list(origins))
        self._preflights = Litestar([], cors_config=self._config, openapi_config=None, logging_config=None)
        self._exposed = (b"access-control-expose-headers", ", ".join(EXPOSED).encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        if _is_preflight(scope):
            await self._preflights(scope, receive, send)
            return
        allowed = self._allowed(header(scope, b"origin"))

        async def sharing(message: Message) -> None:
            if message["type"] == "http.response.start":
                # A new list, because cached responses are sent again with the list that they have.
                message["headers"] = [*self._varying(list(message["headers"])), *allowed]
            await send(message)

        await self._app(scope, receive, sharing)

    def _allowed(self, origin: str | None) -> Headers:
        if self._config.is_allow_all_origins:
            return [(b"access-control-allow-origin", b"*"), self._exposed]
        if origin is None or not self._config.is_origin_allowed(origin):
            return []
        return [(b"access-control-allow-origin", origin.encode("latin-1")), self._exposed]

    def _varying(self, headers: Headers) -> Headers:
        """``headers`` which tell caches, also when no origin asks, that the response depends on the origin.

        Otherwise a browser would take an image that it has shown for one that a script may not read.
        """
        if self._config.is_allow_all_origins:
            return headers
        return varying_by(headers, VARYING)


def _is_preflight(scope: HTTPScope) -> bool:
    return (
        scope["method"] == HttpMethod.OPTIONS
        and header(scope, b"origin") is not None
        and header(scope, b"access-control-request-method") is not None
    )
