"""The most frequent requests, answered before the framework is called: its routing would cost more than all the rest.

A single image is shown by the same code here and on the routes. Everything but plain success is passed on to the routes,
which report it; so responses are the same with and without this path.
"""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from domain.errors import CalotypeError
from entrypoints.http.metrics.figures import Metrics
from entrypoints.http.protocol.answers import Answer
from entrypoints.http.protocol.headers import has_one_host
from entrypoints.http.protocol.problems import note_failure
from entrypoints.http.routes import images, public_images
from entrypoints.http.routes.images import ImageEndpoints
from entrypoints.http.routes.openapi.documented import READING
from entrypoints.http.routes.public_images import PublicEndpoints
from entrypoints.http.serving.delivery import StreamedBody
from entrypoints.running import Startup


@dataclass(frozen=True, slots=True)
class HotRoutes:
    """Two routes: ``path`` matches both, with one or two parts of the path, which ``show`` is given.

    ``templates`` are their names in the framework, for the metrics.
    """

    path: "re.Pattern[str]"
    show: Callable[[HTTPScope, Receive, str, str | None], Awaitable[Answer]]
    templates: tuple[str, str]


class HotPath:
    """Shows single images, and passes everything else to ``routes``, which do their own measuring."""

    def __init__(
        self, routes: ASGIApp, endpoints: ImageEndpoints, public: PublicEndpoints, startup: Startup, metrics: Metrics
    ) -> None:
        self._routes = routes
        self._startup = startup
        self._metrics = metrics
        self._hot = (
            HotRoutes(
                re.compile(r"/image/([^/]+)(?:/([^/]+))?/?"),
                endpoints.show,
                (_template(images.ONE_IMAGE), _template(images.ONE_VARIANT)),
            ),
            HotRoutes(
                re.compile(r"/p/([^/]+)(?:/([^/]+))?"),
                public.show,
                (_template(public_images.ORIGINAL), _template(public_images.VARIANT)),
            ),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] not in READING or not has_one_host(scope):
            await self._routes(scope, receive, send)
            return
        began = time.perf_counter()
        for hot in self._hot:
            matched = hot.path.fullmatch(scope["path"])
            if matched is not None:
                break
        else:
            await self._routes(scope, receive, send)
            return
        answer = await self._answer(hot, scope, receive, *matched.groups())
        if answer is None:
            await self._routes(scope, receive, send)
            return
        if isinstance(answer, StreamedBody):
            if not await self._streamed(answer, scope, receive, send):
                return
        else:
            await answer(scope, receive, send)
        template = hot.templates[matched[2] is not None]
        self._metrics.observe(scope["method"], template, answer.status, time.perf_counter() - began)

    async def _answer(
        self, hot: HotRoutes, scope: HTTPScope, receive: Receive, first: str, second: str | None
    ) -> Answer | None:
        try:
            self._startup.check()
            return await hot.show(scope, receive, first, second)
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


def _template(route: str) -> str:
    return route.replace(":str", "")
