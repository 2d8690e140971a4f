"""What clients fetch most, answered before the framework is asked: its routing costs more than all the rest.

One picture is shown by the same code here and on the routes. Whatever is not plain success goes on to the routes, which
say it properly; so no answer differs but in what it cost.
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
from entrypoints.http.routes.openapi import READING
from entrypoints.http.serving.delivery import StreamedBody
from entrypoints.running import Startup

ONE_PICTURE = re.compile(r"/image/([^/]+)(?:/([^/]+))?/?")
# As the framework calls the routes, for those who count requests.
PICTURE_TEMPLATE, VARIANT_TEMPLATE = (route.replace(":str", "") for route in (ONE_IMAGE, ONE_VARIANT))


class HotPath:
    """Shows single pictures, and hands everything else to ``routes``, which are measured where they are."""

    def __init__(self, routes: ASGIApp, endpoints: ImageEndpoints, opening: Startup, metrics: Metrics) -> None:
        self._routes = routes
        self._studio = endpoints
        self._opening = opening
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] not in READING:
            await self._routes(scope, receive, send)
            return
        began = time.perf_counter()
        matched = ONE_PICTURE.fullmatch(scope["path"])
        answer = None if matched is None else await self._answer(scope, *matched.groups())
        if matched is None or answer is None:
            await self._routes(scope, receive, send)
            return
        if isinstance(answer, StreamedBody):
            if not await self._in_steps(answer, scope, receive, send):
                return
        else:
            await answer(scope, receive, send)
        template = PICTURE_TEMPLATE if matched[2] is None else VARIANT_TEMPLATE
        self._metrics.observe(scope["method"], template, answer.status, time.perf_counter() - began)

    async def _answer(self, scope: HTTPScope, reference: str, variant: str | None) -> Answer | None:
        try:
            self._opening.check()
            return await self._studio.show(scope, reference, variant)
        except Exception as error:  # noqa: BLE001  # whatever it is, the routes answer and log it
            note_failure(scope, error)
            return None

    async def _in_steps(self, answer: StreamedBody, scope: Scope, receive: Receive, send: Send) -> bool:
        """Send what is read from the store, which can still fail; False if the routes had to say so."""
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
