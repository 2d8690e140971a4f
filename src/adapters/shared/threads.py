"""Threads for calls that block."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")


class Threads:
    """Up to ``number`` threads, which are started when they are needed and end with this object."""

    def __init__(self, number: int, name: str) -> None:
        self._executor = ThreadPoolExecutor(number, name)

    async def run(self, work: Callable[[], Result]) -> Result:
        """What ``work`` returns, called in a thread.

        A caller that is cancelled, however often, waits until no thread is at work for it, and is cancelled then. Work that
        has not begun is dropped. The result
        comes by the shortest way: in a busy event loop each callback in between takes as long as all others together.
        """
        under_way = self._executor.submit(work)
        try:
            return await asyncio.wrap_future(under_way)
        except asyncio.CancelledError:
            while not under_way.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([asyncio.wrap_future(under_way)])
            raise
