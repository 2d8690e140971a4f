"""Doing several things at once, and waiting, for use cases that process many items."""

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Concurrency(Protocol):
    """Works on several items at once, and within a time."""

    @abstractmethod
    def each(
        self, items: AsyncIterator[Item], work: Callable[[Item], Awaitable[Result]], *, at_once: int
    ) -> AsyncGenerator[Result, None]:
        """The results of ``work`` on each item, in the order in which they are ready.

        Laws. At most ``at_once`` items are worked on at a time, and the next one is not taken before there is room for
        it. The first error, of ``work`` or of ``items``, is raised. After an error, a cancellation or ``aclose``, what
        is still under way is cancelled and has ended.
        """
        ...

    @abstractmethod
    async def within(self, limit: timedelta, work: Awaitable[None]) -> bool:
        """Whether ``work`` ended within this time. Otherwise it is cancelled, and has ended.

        What ``work`` raises is raised.
        """
        ...


class Pauses(Protocol):
    """Waits, for use cases that must let other processes catch up."""

    @abstractmethod
    async def pause(self, duration: timedelta) -> None:
        """Return when at least this time has passed. A cancellation ends it at once."""
        ...
