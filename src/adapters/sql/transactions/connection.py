"""A connection whose statements are not interrupted by cancellation."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.shared.run_to_completion import run_to_completion


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
        return await run_to_completion(self._connection.execute(statement, parameters))

    async def begin(self, **options: object) -> None:
        await run_to_completion(self._begin(options))

    async def commit(self) -> None:
        await run_to_completion(self._connection.commit())

    async def close(self) -> None:
        await run_to_completion(self._connection.close())

    async def _begin(self, options: Mapping[str, object]) -> None:
        await self._connection.execution_options(**options)
        await self._connection.begin()
