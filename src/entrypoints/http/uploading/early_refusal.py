"""Staying for a moment after an answer that came before the end of its upload.

To close a connection on which bytes still arrive resets it, and who was busy sending may never see the answer: nginx makes
a 502 of it. So the server stays. Where much is to come it does not read at first: who cannot send any more looks whether
there is an answer. Then it reads on, for those who look only when all is sent, as far as that is little and as long as it
comes.

The last byte of the answer waits for the end of that: Granian takes an answer that has all its bytes for the end of the
exchange, and reads no more.
"""

import asyncio
import math
from contextlib import suppress

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, ReceiveMessage, Scope, Send

from entrypoints.http.protocol.headers import header
from entrypoints.http.protocol.problems import WITH_BODY

PAUSE = 0.2  # seconds in which nothing is read
LITTLE = 64 * 1024  # bytes that are sent at once, without a look at what comes back
LONGEST = 2.0  # seconds of reading on
QUIET = 0.5  # seconds without a byte after which nothing more is expected
MOST_BYTES = 4 * 1024 * 1024


class EarlyRefusals:
    """An ASGI application around another, whose answers arrive."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] not in WITH_BODY:
            await self._app(scope, receive, send)
            return
        length = _announced(scope)
        is_coming = length > 0

        async def watched() -> ReceiveMessage:
            nonlocal is_coming
            message = await receive()
            is_coming = message["type"] == "http.request" and message["more_body"]
            return message

        async def staying(message: Message) -> None:
            if not is_coming or message["type"] != "http.response.body" or message["more_body"]:
                await send(message)
                return
            body = message["body"]
            await send({"type": "http.response.body", "body": body[:-1], "more_body": True})
            if length > LITTLE:
                await asyncio.sleep(PAUSE)
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST):
                    await _drop(receive)
            await send({"type": "http.response.body", "body": body[-1:], "more_body": False})

        await self._app(scope, watched, staying)


def _announced(scope: HTTPScope) -> float:
    """The bytes of the body that will come."""
    if header(scope, b"expect") is not None:  # who waits to be told to go on has sent nothing, and will not
        return 0
    length = header(scope, b"content-length")
    if length is None:
        return 0 if header(scope, b"transfer-encoding") is None else math.inf
    return int(length) if length.isdecimal() else math.inf


async def _drop(receive: Receive) -> None:
    """Read on to the end of the body, or until it is too much, or until nothing comes: TimeoutError."""
    left = MOST_BYTES
    while left > 0:
        async with asyncio.timeout(QUIET):
            message = await receive()
        if message["type"] != "http.request" or not message["more_body"]:
            return
        left -= len(message["body"])
