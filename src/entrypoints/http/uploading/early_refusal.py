"""Delivering a response that is sent before the upload has ended, such as 401 or 413.

Closing a connection on which bytes still arrive resets it, and a client that is still sending may never see the response;
nginx turns that into 502. So the connection stays open for a moment. If much is still to come, nothing is read at first: a
client that cannot send any more checks for a response. Then the server reads on, up to a limit, for clients that check
only when they have sent everything.

The last byte of the response is held back until then: Granian takes a complete response for the end of the exchange and
stops reading.
"""

import asyncio
import math
from contextlib import suppress

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, ReceiveMessage, Scope, Send

from entrypoints.http.protocol.headers import header
from entrypoints.http.protocol.problems import WITH_BODY

PAUSE_SECONDS = 0.2  # without reading, so that the client's sending blocks and it checks for a response
SMALL_BODY = 64 * 1024  # bytes that a client sends at once without checking for a response
READING_SECONDS = 2.0  # at most
SILENCE_SECONDS = 0.5  # without a byte: nothing more is expected
MOST_BYTES = 4 * 1024 * 1024


class EarlyRefusals:
    """An ASGI middleware that makes early responses arrive."""

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
            if length > SMALL_BODY:
                await asyncio.sleep(PAUSE_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(READING_SECONDS):
                    await _drop(receive)
            await send({"type": "http.response.body", "body": body[-1:], "more_body": False})

        await self._app(scope, watched, staying)


def _announced(scope: HTTPScope) -> float:
    """The number of body bytes still to come; infinite if the client does not say."""
    if header(scope, b"expect") is not None:  # the client waits for 100 Continue and has sent nothing
        return 0
    length = header(scope, b"content-length")
    if length is None:
        return 0 if header(scope, b"transfer-encoding") is None else math.inf
    return int(length) if length.isdecimal() else math.inf


async def _drop(receive: Receive) -> None:
    """Read and discard the body, up to ``MOST_BYTES``.

    Raises:
        TimeoutError: no byte arrived for a while.
    """
    left = MOST_BYTES
    while left > 0:
        async with asyncio.timeout(SILENCE_SECONDS):
            message = await receive()
        if message["type"] != "http.request" or not message["more_body"]:
            return
        left -= len(message["body"])
