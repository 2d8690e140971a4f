"""Several pieces of work at once, with their results in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 16
"""How many times ``at_once`` results may wait for an earlier one that takes long."""


async def in_order(
    items: Iterable[Item], work: Callable[[Item], Awaitable[Result]], at_once: int
) -> AsyncGenerator[Result, None]:
    """The results of ``work`` on each item, in the order of the items, of which at most ``at_once`` are worked on at a time.

    The first error in that order is raised. Afterwards, and after a cancellation or ``aclose``, nothing is under way.
    """
    turns = asyncio.Semaphore(at_once)
    begun: deque[asyncio.Task[Result]] = deque()

    async def in_turn(item: Item) -> Result:
        async with turns:
            return await work(item)

    try:
        for item in items:
            begun.append(asyncio.create_task(in_turn(item)))
            if len(begun) == at_once * AHEAD:
                yield await begun[0]
                begun.popleft()
        while begun:
            yield await begun[0]
            begun.popleft()
    finally:
        for each in begun:
            each.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
