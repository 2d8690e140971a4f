"""Blocking calls to a distant store: in threads of their own, each within a deadline, tried again while that lasts."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from domain.errors import BlobStoreUnavailable

Result = TypeVar("Result")

THREADS = 12
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds


class RemoteCalls:
    """A store that hangs keeps these threads, and nobody else's."""

    def __init__(self, deadline: float) -> None:
        """``deadline``: seconds for one call and all its repetitions together."""
        self._deadline = deadline
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="calotype-store")
        self.is_away = False  # what the last probe found; nobody waits long for what is known to be away

    async def patiently(self, work: Callable[[], Result], *, more: float = 0.0) -> Result:
        """The result of ``work``, done again after passing troubles while the deadline lasts.

        ``more``: seconds longer that work which goes well may take, since it moves many bytes.

        Raises:
            BlobStoreUnavailable: the deadline passed, or the trouble is not of the passing kind.
        """
        until = time.monotonic() + self._deadline
        for pause in _pauses():
            try:
                return await self.once(work, until + more - time.monotonic())
            except BlobStoreUnavailable as error:
                # Its subclasses name troubles that somebody has to mend.
                is_passing = type(error) is BlobStoreUnavailable
                if not is_passing or self.is_away or time.monotonic() + pause >= until:
                    raise
            await asyncio.sleep(pause)
        raise AssertionError("there is always one more pause")

    async def once(self, work: Callable[[], Result], within: float | None = None) -> Result:
        """The result of ``work``, done once. A thread cannot be stopped: what it does may still take effect later.

        Raises:
            BlobStoreUnavailable: there was none in time.
        """
        try:
            async with asyncio.timeout(self._deadline if within is None else within):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except TimeoutError as error:
            raise BlobStoreUnavailable("it did not answer in time") from error

    def later(self, work: Callable[[], object]) -> None:
        """Have ``work`` done at some time; nobody waits for it."""
        with suppress(RuntimeError):  # closed, and so is everything else
            self._threads.submit(work)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _pauses() -> Iterator[float]:
    """Growing, and drawn at random, so that those who failed together do not come back together (full jitter)."""
    longest = FIRST_PAUSE
    while True:
        yield random.uniform(0, longest)  # noqa: S311  # no secret hangs on it
        longest = min(LONGEST_PAUSE, longest * 2)
