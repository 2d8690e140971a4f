"""Concurrent work as tasks of the event loop, and pauses by its sleep."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from domain.ports.concurrency import Concurrency, Pauses

Item = TypeVar("Item")
Result = TypeVar("Result")


class AsyncioConcurrency(Concurrency):
    async def each(
        self, items: AsyncIterator[Item], work: Callable[[Item], Awaitable[Result]], *, at_once: int
    ) -> AsyncGenerator[Result, None]:
        under_way: set[asyncio.Future[Result]] = set()
        try:
            async for item in items:
                under_way.add(asyncio.ensure_future(work(item)))
                while len(under_way) >= at_once:
                    yield (await _finished(under_way)).result()
            while under_way:
                yield (await _finished(under_way)).result()
        finally:
            for each in under_way:
                each.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def within(self, limit: timedelta, work: Awaitable[None]) -> bool:
        try:
            async with asyncio.timeout(limit.total_seconds()) as deadline:
                await work
        except TimeoutError:
            if not deadline.expired():
                raise
            return False
        return True


async def _finished(under_way: "set[asyncio.Future[Result]]") -> "asyncio.Future[Result]":
    """The next task that has ended, removed from ``under_way``."""
    done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    finished = done.pop()
    under_way.discard(finished)
    return finished


class AsyncioPauses(Pauses):
    async def pause(self, duration: timedelta) -> None:
        await asyncio.sleep(duration.total_seconds())
