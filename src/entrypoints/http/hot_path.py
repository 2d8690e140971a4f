"""The most frequent requests, answered before the framework is called: its routing would cost more than all the rest.

A single image is shown by the same code here and on the routes. Everything but plain success is passed on to the routes,
which report it; so responses are the same with and without this path.
"""

import re
import time

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from domain.errors import CalotypeError
from entrypoints.http.metrics import Metrics
from entrypoints.http.protocol.answers import Answer
from entrypoints.http.protocol.problems import note_failure
from entrypoints.http.routes.images import ONE_IMAGE, ONE_VARIANT, ImageEndpoints
from entrypoints.http.routes.openapi.documented import READING
from entrypoints.http.serving.delivery import StreamedBody
from entrypoints.running import Startup

ONE_IMAGE_PATH = re.compile(r"/image/([^/]+)(?:/([^/]+))?/?")
# The names of the routes in the framework, for the metrics.
IMAGE_TEMPLATE, VARIANT_TEMPLATE = (route.replace(":str", "") for route in (ONE_IMAGE, ONE_VARIANT))


class HotPath:
    """Shows single images, and passes everything else to ``routes``, which do their own measuring."""

    def __init__(self, routes: ASGIApp, endpoints: ImageEndpoints, startup: Startup, metrics: Metrics) -> None:
        self._routes = routes
        self._endpoints = endpoints
        self._startup = startup
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] not in READING:
            await self._routes(scope, receive, send)
            return
        began = time.perf_counter()
        matched = ONE_IMAGE_PATH.fullmatch(scope["path"])
        answer = None if matched is None else await self._answer(scope, *matched.groups())
        if matched is None or answer is None:
            await self._routes(scope, receive, send)
            return
        if isinstance(answer, StreamedBody):
            if not await self._streamed(answer, scope, receive, send):
                return
        else:
            await answer(scope, receive, send)
        template = IMAGE_TEMPLATE if matched[2] is None else VARIANT_TEMPLATE
        self._metrics.observe(scope["method"], template, answer.status, time.perf_counter() - began)

    async def _answer(self, scope: HTTPScope, reference: str, variant: str | None) -> Answer | None:
        try:
            self._startup.check()
            return await self._endpoints.show(scope, reference, variant)
        except Exception as error:  # noqa: BLE001  # the routes report and log every error
            note_failure(scope, error)
            return None

    async def _streamed(self, answer: StreamedBody, scope: Scope, receive: Receive, send: Send) -> bool:
        """Send bytes from the store, which can still fail; False if the routes had to report an error."""
        is_begun = False

        async def noted(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await answer(scope, receive, noted)
        except CalotypeError as error:
            if is_begun:
                raise
            note_failure(scope, error)
            await self._routes(scope, receive, send)
            return False
        return True
