"""A line in which users, or others who share something, take turns."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Final

_NO_LIMITS: Final[Mapping[Hashable, int]] = MappingProxyType({})


@dataclass(slots=True, eq=False)
class _Waiter:
    """``turn`` is whose turn it takes; None: it goes behind all others."""

    turn: Hashable
    is_long: bool
    limits: Mapping[Hashable, int]
    called: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class WaitingLine:
    """Places for tasks, for which users take turns. For one event loop.

    - Each user with tasks in the line is called in turn, and with the oldest one that may begin.
    - Long tasks never hold all places, so that a short one does not wait until a long one is finished.
    - Tasks of no user are called when no other may begin.
    - A user may have ``waiting`` tasks in the line, and all users ``_USERS`` times as many, but each may have one. Only a
      task that would have to wait is refused. A long one is not: it was in the line before, as a short one, until it was
      known to be long.
    - A task may have limits: with each, a name and the number of places that all tasks with this name may hold together.
    """

    _USERS: Final = 4

    def __init__(self, places: int, *, waiting: int, refusal: Callable[[], Exception]) -> None:
        self._free = places
        self._free_for_long = max(1, places - 1)
        self._waiting = waiting
        self._refusal = refusal
        self._held: Counter[Hashable] = Counter()  # places, by the names of limits
        self._queues: dict[Hashable, deque[_Waiter]] = {}  # in the order of the users' turns

    @asynccontextmanager
    async def place(
        self,
        user: Hashable,
        until: float,
        *,
        is_long: bool = False,
        limits: Mapping[Hashable, int] = _NO_LIMITS,
    ) -> AsyncIterator[None]:
        """Hold a place until the end of the block; see ``take``."""
        leave = await self.take(user, until, is_long=is_long, limits=limits)
        try:
            yield
        finally:
            leave()

    async def take(
        self,
        user: Hashable,
        until: float,
        *,
        is_long: bool = False,
        limits: Mapping[Hashable, int] = _NO_LIMITS,
    ) -> Callable[[], None]:
        """Take a place, and return what gives it up, to be called once.

        ``user`` None: no user waits for it. ``until``: a time of the event loop's clock.

        Raises:
            The refusal: the line is too long, or no place was free ``until`` then.
        """
        waiter = _Waiter(user, is_long, limits)
        if not self._begins_at_once(waiter):
            await self._wait(waiter, until)
        return partial(self._leave, waiter)

    def take_at_once(self, user: Hashable, *, limits: Mapping[Hashable, int] = _NO_LIMITS) -> Callable[[], None] | None:
        """Take a place for a short task as ``take`` does, or return None if the task would have to wait."""
        waiter = _Waiter(user, is_long=False, limits=limits)
        return partial(self._leave, waiter) if self._begins_at_once(waiter) else None

    def _begins_at_once(self, waiter: _Waiter) -> bool:
        begins = not self._queues and self._may_begin(waiter)
        if begins:
            self._occupy(waiter)
        return begins

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
        return self._free > 0 and (not waiter.is_long or self._free_for_long > 0) and self._is_within_limits(waiter)

    def _is_within_limits(self, waiter: _Waiter) -> bool:
        return all(self._held[name] < most for name, most in waiter.limits.items())

    def _occupy(self, waiter: _Waiter) -> None:
        self._free -= 1
        self._free_for_long -= waiter.is_long
        self._held.update(waiter.limits.keys())

    def _leave(self, waiter: _Waiter) -> None:
        self._free += 1
        self._free_for_long += waiter.is_long
        for name in waiter.limits:
            self._held[name] -= 1
            if not self._held[name]:
                del self._held[name]
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
        if self._free <= 0:
            return None
        in_turn = sorted(self._queues.items(), key=lambda item: item[0] is None)
        return next((each for _, queue in in_turn if (each := self._first(queue)) is not None), None)

    def _first(self, queue: deque[_Waiter]) -> _Waiter | None:
        """The first in one user's queue that may begin; none if the first of all is beyond its limits, as the others are then."""
        for each in queue:
            if each.called.done():  # it is leaving
                continue
            if self._may_begin(each):
                return each
            if not self._is_within_limits(each):
                return None
        return None
