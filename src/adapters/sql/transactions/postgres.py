"""Transactions on PostgreSQL, which groups commits by itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.shared.run_to_completion import run_to_completion
from adapters.sql.schema.faults import commit_faults, faults, statement_faults
from adapters.sql.transactions.connection import Answer, Connection, Parameters, Transactions
from adapters.sql.transactions.engine import transaction_options
from adapters.sql.transactions.turns import LocalTurns


class PostgresTransactions(Transactions):
    """Transactions on the connections of ``engine``. All but one may write, so that readers always get one."""

    def __init__(self, engine: AsyncEngine, connections: int) -> None:
        self._engine = engine
        self._turns = LocalTurns(max(1, connections - 1))

    def writing(self) -> AbstractAsyncContextManager[Connection]:
        return self._written()

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        return self._transaction(writing=False)

    @asynccontextmanager
    async def _written(self) -> AsyncIterator[Connection]:
        async with self._turns.taken(), self._transaction(writing=True) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, *, writing: bool) -> AsyncIterator[Connection]:
        with faults():
            connection = await self._engine.connect()
        try:
            with faults():
                await run_to_completion(self._begin(connection, writing=writing))
            yield PatientConnection(connection)
        finally:
            with faults():
                await run_to_completion(connection.close())

    async def _begin(self, connection: AsyncConnection, *, writing: bool) -> None:
        await connection.execution_options(**transaction_options(self._engine, writing=writing))
        await connection.begin()


class PatientConnection(Connection):
    """Runs each statement to its end: SQLAlchemy drops a connection when a statement on it is cancelled."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(
        self, statement: Executable, parameters: Parameters | Sequence[Parameters] | None = None
    ) -> Answer:
        with statement_faults():
            result = await run_to_completion(self._connection.execute(statement, parameters))
        return Answer(result.all(), 0) if result.returns_rows else Answer((), result.rowcount)

    async def execute_by_key(self, statement: Executable, parameters: Parameters | None = None) -> Answer:
        return await self.execute(statement, parameters)

    async def commit(self) -> None:
        with commit_faults():
            await run_to_completion(self._connection.commit())
