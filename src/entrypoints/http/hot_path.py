"""What clients fetch most, answered before the framework is asked: its routing costs more than all the rest.

One picture is shown by the same code here and on the routes. Whatever is not plain success goes on to the routes, which
run into it again and say it properly; so no answer differs but in what it cost.
"""

import re

from litestar import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import CalotypeError
from entrypoints.http.delivery import Steps
from entrypoints.http.images import ONE_IMAGE, ONE_VARIANT, Studio
from entrypoints.http.problems import AnyRequest
from entrypoints.running import Opening

ONE_PICTURE = re.compile(r"/image/([^/]+)(?:/([^/]+))?/?")
READING = frozenset({"GET", "HEAD"})
# As the framework calls the routes, for those who count requests.
TEMPLATES = {False: ONE_IMAGE.replace(":str", ""), True: ONE_VARIANT.replace(":str", "")}


class HotPath:
    """Shows single pictures, and hands everything else to ``routes``."""

    def __init__(self, routes: ASGIApp, studio: Studio, opening: Opening) -> None:
        self._routes = routes
        self._studio = studio
        self._opening = opening

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(scope, receive, send)
        if answer is None:
            await self._routes(scope, receive, send)
        elif isinstance(answer, Steps):
            await self._in_steps(answer, scope, receive, send)
        else:
            await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> ASGIApp | None:
        if scope["type"] != ScopeType.HTTP or scope["method"] not in READING:
            return None
        found = ONE_PICTURE.fullmatch(scope["path"])
        if found is None:
            return None
        reference, variant = found.groups()
        request: AnyRequest = Request(scope, receive, send)
        try:
            self._opening.check()
            shown = await self._studio.show(request, reference, variant)
        except Exception:  # noqa: BLE001  # whatever it is, the routes run into it too, and answer and log it
            return None
        scope["path_template"] = TEMPLATES[variant is not None]
        return shown

    async def _in_steps(self, answer: Steps, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is read from the store, which can still fail."""
        is_begun = False

        async def noted(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await answer(scope, receive, noted)
        except CalotypeError:
            if is_begun:
                raise
            await self._routes(scope, receive, send)
