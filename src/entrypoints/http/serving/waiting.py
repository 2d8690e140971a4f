"""``?wait=``: answering a request for an image object when the variants of the image are made."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from litestar.types import HTTPScope, Receive

from domain.model.images.image import Image
from domain.model.images.naming import whole_number
from domain.use_cases.variants.await_variants import AwaitVariants
from entrypoints.http.protocol.errors import InvalidParameter
from entrypoints.http.protocol.queries import first_values

LONGEST_WAIT = 60  # seconds
EXPECTED_WAIT = f"a whole number of seconds, at most {LONGEST_WAIT}"
MOST_WAITING = 64  # requests of one process; each looks once a second


class Waiting:
    """Holds requests back until the variants of their images are made, up to ``MOST_WAITING`` at once."""

    def __init__(self, await_variants: AwaitVariants) -> None:
        self._await_variants = await_variants
        self._waiting = 0
        self._ended = asyncio.Event()

    async def until_made(
        self, scope: HTTPScope, receive: Receive, image: Image, read: Callable[[], Awaitable[Image]]
    ) -> Image:
        """``image``, which was just read: at once unless the request has ``wait`` and a variant is pending.

        It is also returned at once if too many requests wait, and as soon as the client closes the connection or this
        process is to end. ``read`` reads it again for the client, and raises what ends the wait.

        Raises:
            InvalidParameter: the time to wait cannot be used.
        """
        longest = _longest(scope)
        if longest is None or not image.has_pending_variants or self._waiting >= MOST_WAITING:
            return image
        self._waiting += 1
        made = asyncio.ensure_future(self._await_variants(image, read, longest))
        gone = asyncio.ensure_future(_disconnected(receive))
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait((made, gone, ended), return_when=asyncio.FIRST_COMPLETED)
            return made.result() if made.done() else image
        finally:
            self._waiting -= 1
            for each in (made, gone, ended):
                each.cancel()
            await asyncio.gather(made, gone, ended, return_exceptions=True)

    def end(self) -> None:
        """End all waits, now and from now on."""
        self._ended.set()


def _longest(scope: HTTPScope) -> timedelta | None:
    stated = first_values(scope).get("wait")
    if stated is None:
        return None
    seconds = whole_number(stated)
    if seconds is None or seconds > LONGEST_WAIT:
        raise InvalidParameter("wait", EXPECTED_WAIT)
    return timedelta(seconds=seconds)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
