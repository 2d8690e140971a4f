"""Requests that came together and get no turn are refused one after the other, so that others are answered in between."""

import asyncio
from typing import cast

import pytest
from litestar.types import HTTPScope, Message, Receive, Scope, Send

from domain.errors import InvalidToken
from domain.model.access.access_key import Principal
from entrypoints.http.admission.client_addresses import ClientAddresses
from entrypoints.http.admission.turns import LONGEST_WAIT, PLACES_OF_EACH, Turns
from entrypoints.http.protocol.addresses import Addresses
from entrypoints.settings.http import Http

pytestmark = pytest.mark.anyio

REQUESTS = 100
SCOPE = {
    "type": "http",
    "method": "GET",
    "scheme": "http",
    "server": ("a", 80),
    "path": "/docs/",
    "query_string": b"",
    "headers": [(b"host", b"a")],
    "client": ("192.0.2.1", 1),
    "state": {},
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def nobody(_: HTTPScope) -> Principal:
    raise InvalidToken


async def hang(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.Event().wait()


async def test_requests_that_came_together_are_not_refused_together() -> None:
    turns = Turns(hang, nobody, ClientAddresses([]), Addresses(Http()))
    refused: list[float] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 503
            refused.append(asyncio.get_running_loop().time())

    async def receive() -> object:
        return await asyncio.Event().wait()

    requests = [
        asyncio.ensure_future(turns(cast("Scope", dict(SCOPE)), cast("Receive", receive), send))
        for _ in range(PLACES_OF_EACH + REQUESTS)
    ]
    done, waiting = await asyncio.wait(requests, timeout=LONGEST_WAIT + 1)
    for each in waiting:
        each.cancel()
    await asyncio.wait(waiting)
    await asyncio.gather(*done)
    assert len(refused) == REQUESTS
    assert refused[-1] - refused[0] > 1
