"""How many may be served at once, and how many may stand in line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.errors import CodecBusy


class WaitingLine:
    """``serving`` places, and a line of at most ``waiting`` before them. For one event loop."""

    def __init__(self, *, serving: int, waiting: int, longest_wait: float) -> None:
        self._free = asyncio.Semaphore(serving)
        self._most = serving + waiting
        self._inside = 0
        self._longest_wait = longest_wait

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place, held until the end of the block.

        Raises:
            CodecBusy: at once where the line is full, or after ``longest_wait`` seconds in it.
        """
        if self._inside >= self._most:
            raise CodecBusy
        self._inside += 1
        try:
            try:
                async with asyncio.timeout(self._longest_wait):
                    await self._free.acquire()
            except TimeoutError:
                raise CodecBusy from None
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._inside -= 1
