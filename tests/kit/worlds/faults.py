"""Ports that die, or are disturbed, at the n-th call."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

Disturbance = Callable[[], Awaitable[None]]


class Crash(BaseException):
    """The process dies here; nothing of ours may catch it."""


@dataclass
class FaultPlan:
    """What happens at which call of all ports together.

    ``failure`` is raised by call number ``fail_at``: the death of the process, or an error of the part that was called.
    ``after`` lets that call still take effect. A ``disturbance`` runs before its call.
    """

    fail_at: int = 0
    failure: Callable[[], BaseException] = Crash
    after: bool = False
    disturb_at: int = 0
    disturbance: Disturbance | None = None
    calls: int = 0

    async def before(self) -> int:
        self.calls += 1
        mine = self.calls
        if mine == self.fail_at and not self.after:
            raise self.failure()
        if mine == self.disturb_at and self.disturbance is not None:
            await self.disturbance()
        return mine

    def done(self, call: int) -> None:
        if call == self.fail_at and self.after:
            raise self.failure()


class Faulty:
    """A port whose calls are counted by ``faults``; what it hands out (a unit of work's repositories) is faulty as well."""

    def __init__(self, port: object, faults: FaultPlan) -> None:
        self._port = port
        self._fate = faults

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if inspect.iscoroutinefunction(found):
            return self._fated_call(found)
        if not callable(found):
            return Faulty(found, self._fate)

        def called(*arguments: Any, **named: Any) -> Any:
            result = found(*arguments, **named)
            return self._fated_context(result) if isinstance(result, AbstractAsyncContextManager) else result

        return called

    def _fated_call(self, function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def called(*arguments: Any, **named: Any) -> Any:
            call = await self._fate.before()
            result = await function(*arguments, **named)
            self._fate.done(call)
            return result

        return called

    @asynccontextmanager
    async def _fated_context(self, context: AbstractAsyncContextManager[Any]) -> AsyncIterator[Any]:
        await self._fate.before()
        async with context as inner:
            yield inner if isinstance(inner, str | AsyncIterator) else Faulty(inner, self._fate)
