"""A semaphore with a bounded number of waiters and a deadline."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.errors import CodecBusy


class WaitingLine:
    """``serving`` places, for which at most ``waiting`` callers wait. Belongs to one event loop."""

    def __init__(self, *, serving: int, waiting: int, longest_wait: float) -> None:
        self._free = asyncio.Semaphore(serving)
        self._most = serving + waiting
        self._inside = 0
        self._longest_wait = longest_wait

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place, held until the end of the block.

        Raises:
            CodecBusy: at once if ``waiting`` callers wait already, or after ``longest_wait`` seconds.
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
