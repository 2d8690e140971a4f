"""The line in which images wait for an image worker."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final


@dataclass(slots=True, eq=False)
class _Waiter:
    """``turn`` is whose turn it takes; None: it goes behind all others."""

    turn: Hashable
    is_long: bool
    called: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class WaitingLine:
    """Places for images, for which users take turns. For one event loop.

    - Each user with images in the line is called in turn, and with the oldest one that may begin.
    - Long images never hold all places, so that a short one does not wait until a long one is finished.
    - Images of no user are called when no other may begin.
    - A user may have ``waiting`` images in the line, and all users ``_USERS`` times as many, but each may have one. Only an
      image that would have to wait is refused. A long one is not: it was in the line before, as a short one, until it was
      known to be long.
    """

    _USERS: Final = 4

    def __init__(self, places: int, *, waiting: int, refusal: Callable[[], Exception]) -> None:
        self._free = places
        self._free_for_long = max(1, places - 1)
        self._waiting = waiting
        self._refusal = refusal
        self._queues: dict[Hashable, deque[_Waiter]] = {}  # in the order of the users' turns

    @asynccontextmanager
    async def place(self, user: Hashable, until: float, *, is_long: bool = False) -> AsyncIterator[None]:
        """Hold a place until the end of the block. ``user`` None: no user waits for it. ``until``: a time of the event
        loop's clock.

        Raises:
            The refusal: the line is too long, or no place was free ``until`` then.
        """
        waiter = _Waiter(user, is_long)
        if self._queues or not self._may_begin(waiter):
            await self._wait(waiter, until)
        else:
            self._occupy(waiter)
        try:
            yield
        finally:
            self._leave(waiter)

    async def _wait(self, waiter: _Waiter, until: float) -> None:
        self._queues.setdefault(waiter.turn, deque()).append(waiter)
        self._call()
        if not waiter.called.done() and self._is_too_many(waiter):
            self._remove(waiter)
            raise self._refusal()
        try:
            async with asyncio.timeout_at(until):
                await waiter.called
        except BaseException as error:
            if waiter.called.done() and not waiter.called.cancelled():
                self._leave(waiter)  # it was called at the same moment
            else:
                self._remove(waiter)
            if isinstance(error, TimeoutError):
                raise self._refusal() from None
            raise

    def _is_too_many(self, last: _Waiter) -> bool:
        """Whether the line is too long with this one in it."""
        if last.turn is None or last.is_long:
            return False
        theirs = len(self._queues[last.turn])
        of_users = sum(len(queue) for turn, queue in self._queues.items() if turn is not None)
        return theirs > self._waiting or (theirs > 1 and of_users > self._waiting * self._USERS)

    def _may_begin(self, waiter: _Waiter) -> bool:
        return self._free > 0 and (not waiter.is_long or self._free_for_long > 0)

    def _occupy(self, waiter: _Waiter) -> None:
        self._free -= 1
        self._free_for_long -= waiter.is_long

    def _leave(self, waiter: _Waiter) -> None:
        self._free += 1
        self._free_for_long += waiter.is_long
        self._call()

    def _remove(self, waiter: _Waiter) -> None:
        queue = self._queues[waiter.turn]
        queue.remove(waiter)
        if not queue:
            del self._queues[waiter.turn]

    def _call(self) -> None:
        """Call every waiter that may begin."""
        while (following := self._following()) is not None:
            self._remove(following)
            if following.turn in self._queues:  # its user's next turn comes after those of all others
                self._queues[following.turn] = self._queues.pop(following.turn)
            self._occupy(following)
            following.called.set_result(None)

    def _following(self) -> _Waiter | None:
        in_turn = sorted(self._queues.items(), key=lambda item: item[0] is None)
        waiting = (each for _, queue in in_turn for each in queue if not each.called.done())  # the others are leaving
        return next((each for each in waiting if self._may_begin(each)), None)
