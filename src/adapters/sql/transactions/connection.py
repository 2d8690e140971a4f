"""A connection whose statements are not cut off halfway."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

Result = TypeVar("Result")


class PatientConnection:
    """Runs each statement to its end, also for a caller who is cancelled meanwhile.

    SQLAlchemy throws a connection away when a statement on it is cancelled. SQLite then keeps its transaction, and with
    it the lock that every writer needs, until the garbage collector finds the pieces.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    # A result's rows are typed by their statement, which repositories know and this class does not.
    async def execute(
        self, statement: Executable, parameters: Sequence[Mapping[str, object]] | None = None
    ) -> CursorResult[Any]:
        return await patiently(self._connection.execute(statement, parameters))

    async def begin(self, **options: object) -> None:
        await patiently(self._begin(options))

    async def commit(self) -> None:
        await patiently(self._connection.commit())

    async def close(self) -> None:
        await patiently(self._connection.close())

    async def _begin(self, options: Mapping[str, object]) -> None:
        await self._connection.execution_options(**options)
        await self._connection.begin()


async def patiently(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of ``work``; a cancellation is let through only when ``work`` has ended."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
