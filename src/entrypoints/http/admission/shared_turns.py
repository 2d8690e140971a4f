"""Turns that equal requests have together."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeAlias

Leave: TypeAlias = Callable[[], object]
"""Gives up the place of a turn."""

Take: TypeAlias = Callable[[], Awaitable[Leave]]
"""Waits for a place."""


class SharedTurns:
    """Lets requests of which one answers all wait for one turn, up to ``together`` of them. For one event loop."""

    def __init__(self, together: int) -> None:
        self._together = together
        self._waiting: dict[Hashable, _SharedTurn] = {}

    async def take(self, request: Hashable, take: Take) -> Callable[[], None]:
        """Wait for a turn with requests that equal ``request`` and wait too. ``take`` is called once for all of them.

        Returns what leaves the turn; only its first call has an effect. The place is given up when all have left.

        Raises:
            Exception: what ``take`` raises, to all of them.
        """
        shared = self._waiting.get(request)
        if shared is None or shared.requests >= self._together:
            shared = self._waiting[request] = _SharedTurn(take)
            shared.taking.add_done_callback(lambda _: self._forget(request, shared))
        return await shared.join()

    def _forget(self, request: Hashable, shared: "_SharedTurn") -> None:
        """A later request may come from a client that has written meanwhile, so it does not join a turn that has begun."""
        if self._waiting.get(request) is shared:
            del self._waiting[request]


class _SharedTurn:
    def __init__(self, take: Take) -> None:
        self.taking = asyncio.ensure_future(take())
        self.requests = 0

    async def join(self) -> Callable[[], None]:
        self.requests += 1
        leave = once(self._leave)
        try:
            await asyncio.shield(self.taking)
        except BaseException:
            leave()
            raise
        return leave

    def _leave(self) -> None:
        self.requests -= 1
        if self.requests:
            return
        if not self.taking.done():
            self.taking.cancel()
        elif not self.taking.cancelled() and self.taking.exception() is None:
            self.taking.result()()


def once(call: Callable[[], object]) -> Callable[[], None]:
    """What calls ``call`` when it is called first, and nothing later."""
    left = [call]

    def first() -> None:
        if left:
            left.pop()()

    return first
