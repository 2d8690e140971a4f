"""Measuring responses."""

import time
from collections.abc import Iterable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.http.metrics.figures import Metrics
from entrypoints.http.protocol.problems import CODE_HEADER

UNKNOWN_ROUTE = "other"
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FIRST_ERROR = 400
CODE = CODE_HEADER.lower().encode()


class Measured:
    """An ASGI middleware that measures responses. Routes are named by their templates."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if status >= FIRST_ERROR:
                    self._count_refusal(message["headers"])
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._metrics.observe(*_labels(scope), status, time.perf_counter() - began)

    def _count_refusal(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        for name, value in headers:
            if name.lower() == CODE:
                self._metrics.refused(value.decode())


def _labels(scope: Scope) -> tuple[str, str]:
    method = str(scope.get("method"))
    return method if method in KNOWN_METHODS else UNKNOWN_ROUTE, scope.get("path_template") or UNKNOWN_ROUTE
