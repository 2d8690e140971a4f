"""A bound on how many do something at once, and on how long the others wait for it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType


class Gate(AbstractAsyncContextManager[None]):
    """Lets at most ``places`` in at once; the others wait in line, for ``longest_wait`` seconds at most.

    ``waiting`` bounds how many may wait; None for no bound. Whoever cannot be let in gets the error of ``refusal``: at
    once if the line is full, otherwise when the longest wait is over. ``async with gate`` holds a place until the end of
    the block. For one event loop.
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
