"""A limit on concurrent work, with a bounded queue and a deadline for waiting."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType


class Gate(AbstractAsyncContextManager[None]):
    """A semaphore of ``places`` with a queue, in which a task waits for ``longest_wait`` seconds at most.

    ``waiting`` is the maximum length of the queue; None = no limit. A task that gets no place receives the error from
    ``refusal``: at once if the queue is full, otherwise after the longest wait. ``async with gate`` holds a place until
    the end of the block. For one event loop.
    """

    def __init__(
        self, places: int, *, longest_wait: float, refusal: Callable[[], Exception], waiting: int | None = None
    ) -> None:
        self._free = asyncio.Semaphore(places)
        self._most = None if waiting is None else places + waiting
        self._present = 0
        self._longest_wait = longest_wait
        self._refusal = refusal

    async def __aenter__(self) -> None:
        if self._most is not None and self._present >= self._most:
            raise self._refusal()
        self._present += 1
        try:
            if not self._free.locked():  # the usual case, which needs no timer
                await self._free.acquire()
                return
            try:
                async with asyncio.timeout(self._longest_wait):
                    await self._free.acquire()
            except TimeoutError:
                raise self._refusal() from None
        except BaseException:
            self._present -= 1
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._present -= 1
        self._free.release()
