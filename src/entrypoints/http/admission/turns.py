"""Turns of requests that cost much: all but the most frequent ones, which are answered before.

Few of them are worked on at once, so that the frequent ones are answered in between, however many clients ask for the others.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Final, cast

from litestar import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, ReceiveMessage, Scope, Send

from adapters.shared.waiting_line import WaitingLine
from domain.errors import CalotypeError
from domain.model.access.access_key import Principal
from entrypoints.http.admission.client_addresses import ClientAddresses
from entrypoints.http.admission.shared_turns import SharedTurns, once
from entrypoints.http.protocol.addresses import Addresses
from entrypoints.http.protocol.errors import HostNotStated, RequestsBusy
from entrypoints.http.protocol.headers import has_one_host, header
from entrypoints.http.protocol.problems import answer_error, has_noted_failure

PLACES: Final = 16  # requests that are worked on at once
PLACES_OF_EACH: Final = 8
TOGETHER: Final = 8  # equal requests that have one turn together: with more, the frequent requests wait longer
WAITING: Final = (
    4096  # requests of one client, of which a connection has one at a time; to refuse costs more than to let wait
)
# Seconds. Each request waits for a random time between these: if all that came together were refused together, others would have
# to wait for that. Until then a connection that was ended keeps its file.
SHORTEST_WAIT: Final = 1.5
LONGEST_WAIT: Final = 4.5
PAUSE: Final = 0.02  # seconds that the place of a stranger stays taken, or strangers could keep the processor busy
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
WITH_TOKENS: Final = ("/image", "/ticket", "/account")
HEALTH: Final = "/health"
CALLER: Final = "calotype.caller"


class Turns:
    """An ASGI middleware in which users, and addresses of clients without a token, take turns.

    What changes images takes no turn if its token is valid: uploads have places of their own, and so have writers of the
    database. A request that begins to read its body gives up its place, because the client may send it slowly. Equal
    requests of a user that wait for a turn have one together: a list that hundreds of clients request at once is read once.

    It also refuses requests without a Host header or with several.
    """

    def __init__(
        self,
        app: ASGIApp,
        authenticate: Callable[[HTTPScope], Awaitable[Principal]],
        clients: ClientAddresses,
        addresses: Addresses,
    ) -> None:
        self._app = app
        self._authenticate = authenticate
        self._clients = clients
        self._addresses = addresses
        self._line = WaitingLine(PLACES, waiting=WAITING, refusal=RequestsBusy)
        self._shared = SharedTurns(TOGETHER)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        try:
            leave = await self._enter(scope)
        except CalotypeError as error:
            answer = answer_error(self._addresses, Request(scope), error)
            await answer.to_asgi_response(None, Request(scope))(scope, receive, send)
            return

        async def leaving() -> ReceiveMessage:
            leave()
            return await receive()

        try:
            await self._app(scope, leaving, send)
        finally:
            leave()

    async def _enter(self, scope: HTTPScope) -> Callable[[], None]:
        """Returns what gives up the place that the request has taken. Only its first call has an effect."""
        if not has_one_host(scope):
            raise HostNotStated
        user = await self._user(scope)
        if user is not None and scope["method"] not in READING:
            return lambda: None
        turn: Hashable = user if user is not None else self._clients.share_of(scope)
        if scope["path"].startswith(HEALTH):  # a busy client's own monitoring does not wait for it
            turn = (HEALTH, turn)
        if user is None:
            return once(partial(asyncio.get_running_loop().call_later, PAUSE, await self._take(turn)))
        taken = self._line.take_at_once(turn, limits={turn: PLACES_OF_EACH})
        if taken is not None:
            return once(taken)
        request = (turn, scope["method"], scope["path"], scope["query_string"])
        return await self._shared.take(request, lambda: self._take(turn))

    async def _take(self, turn: Hashable) -> Callable[[], None]:
        wait = random.uniform(SHORTEST_WAIT, LONGEST_WAIT)  # noqa: S311  # not used for secrets
        until = asyncio.get_running_loop().time() + wait
        return await self._line.take(turn, until, limits={turn: PLACES_OF_EACH})

    async def _user(self, scope: HTTPScope) -> Hashable:
        """The user whose token the request sends, which is noted for the routes; None if there is none."""
        if not scope["path"].startswith(WITH_TOKENS) or header(scope, b"authorization") is None:
            return None
        if has_noted_failure(scope):
            return None
        try:
            principal = await self._authenticate(scope)
        except CalotypeError as error:
            _note_caller(scope, error)
            return None
        _note_caller(scope, principal)
        return principal.user


def _note_caller(scope: HTTPScope, found: Principal | CalotypeError) -> None:
    cast("dict[str, object]", scope)[CALLER] = found


def noted_caller(scope: HTTPScope) -> Principal | None:
    """Who sends the request, if that was found out before it took its turn. The second call returns None.

    Raises:
        CalotypeError: why that was not possible.
    """
    found = cast("dict[str, object]", scope).pop(CALLER, None)
    try:
        if isinstance(found, CalotypeError):
            raise found
        return found if isinstance(found, Principal) else None
    finally:
        del found  # an error holds this frame: holding it in turn, it would keep the connection open for a while
