"""Blocking calls to a remote store, in a thread pool of their own, with a deadline and repetitions."""

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
    """A store that does not answer blocks only the threads of this pool."""

    def __init__(self, deadline: float) -> None:
        """``deadline``: for one call and its repetitions together, in seconds."""
        self._deadline = deadline
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="calotype-store")
        self.is_away = False  # the result of the last probe; while it is true, no call is repeated

    async def patiently(self, work: Callable[[], Result], *, more: float = 0.0) -> Result:
        """The result of ``work``, which is repeated after temporary errors until the deadline.

        ``more``: additional seconds for one repetition to finish, e.g. because it transfers many bytes.

        Raises:
            BlobStoreUnavailable: the deadline passed, or the error is not temporary.
        """
        until = time.monotonic() + self._deadline
        for pause in _pauses():
            try:
                return await self.once(work, until + more - time.monotonic())
            except BlobStoreUnavailable as error:
                # Its subclasses are errors that only an operator can correct.
                is_temporary = type(error) is BlobStoreUnavailable
                if not is_temporary or self.is_away or time.monotonic() + pause >= until:
                    raise
            await asyncio.sleep(pause)
        raise AssertionError("there is always one more pause")

    async def once(self, work: Callable[[], Result], within: float | None = None) -> Result:
        """The result of ``work``, done once. Its thread cannot be stopped: after an error it may still take effect.

        Raises:
            BlobStoreUnavailable: there was no result in time.
        """
        try:
            async with asyncio.timeout(self._deadline if within is None else within):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except TimeoutError as error:
            raise BlobStoreUnavailable("it did not answer in time") from error

    def later(self, work: Callable[[], object]) -> None:
        """Do ``work`` when a thread is free, without waiting for it."""
        with suppress(RuntimeError):  # the pool is closed, and with it all connections
            self._threads.submit(work)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _pauses() -> Iterator[float]:
    """Pauses in seconds, growing and random, so that calls that failed together are not repeated together (full jitter)."""
    longest = FIRST_PAUSE
    while True:
        yield random.uniform(0, longest)  # noqa: S311  # not used for secrets
        longest = min(LONGEST_PAUSE, longest * 2)
