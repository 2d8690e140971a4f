"""A connection whose statements are not interrupted by cancellation."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

Result = TypeVar("Result")


class PatientConnection:
    """Runs each statement to its end, also when the caller is cancelled meanwhile.

    SQLAlchemy drops a connection when a statement on it is cancelled. On SQLite its transaction, and with it the lock that
    every writer needs, then lasts until the garbage collector closes the connection.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    # The types of a result's columns depend on the statement, which only the caller knows.
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
    """The result of ``work``. A cancellation meanwhile is raised when ``work`` has ended."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
