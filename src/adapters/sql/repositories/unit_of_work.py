"""Units of work, each one transaction."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.repositories.blob_ledger import SqlBlobLedger, SqlStoreBinding
from adapters.sql.repositories.images import SqlImageRepository
from adapters.sql.repositories.jobs import SqlJobRepository
from adapters.sql.repositories.people import SqlAccessKeyRepository, SqlUserRepository
from adapters.sql.repositories.submissions import SqlSubmissionRepository
from adapters.sql.repositories.variant_jobs import SqlVariantJobs
from adapters.sql.schema.faults import faults
from adapters.sql.transactions.connection import PatientConnection
from adapters.sql.transactions.engine import CONNECTIONS, is_sqlite, sqlite_file, transaction_options
from adapters.sql.transactions.turns import LocalTurns, SharedTurns
from domain.ports.database.unit_of_work import UnitOfWork, UnitsOfWork


@dataclass(slots=True, init=False, eq=False)  # a slot stands for the abstract property of its name
class SqlUnitOfWork(UnitOfWork):
    _connection: PatientConnection
    images: SqlImageRepository
    variant_jobs: SqlVariantJobs
    jobs: SqlJobRepository
    users: SqlUserRepository
    access_keys: SqlAccessKeyRepository
    ledger: SqlBlobLedger
    submissions: SqlSubmissionRepository
    store_binding: SqlStoreBinding

    def __init__(self, connection: PatientConnection, *, locks: bool) -> None:
        """``locks``: whether rows must be locked when they are read for a change, since others write at the same time."""
        self._connection = connection
        self.images = SqlImageRepository(connection, locks=locks)
        self.variant_jobs = SqlVariantJobs(connection)
        self.jobs = SqlJobRepository(connection, locks=locks)
        self.users = SqlUserRepository(connection, locks=locks)
        self.access_keys = SqlAccessKeyRepository(connection, locks=locks)
        self.ledger = SqlBlobLedger(connection)
        self.submissions = SqlSubmissionRepository(connection)
        self.store_binding = SqlStoreBinding(connection, locks=locks)

    async def commit(self) -> None:
        with faults():
            await self._connection.commit()


class SqlUnitsOfWork(UnitsOfWork):
    """Each unit of work is a transaction on a connection of ``engine``; writers take turns.

    On SQLite one writes at a time. On PostgreSQL all connections but one may write, so that readers always get one.
    """

    def __init__(self, engine: AsyncEngine, connections: int = CONNECTIONS) -> None:
        self._engine = engine
        self._is_sqlite = is_sqlite(engine.url)
        self._turns = SharedTurns(sqlite_file(engine.url)) if self._is_sqlite else LocalTurns(max(1, connections - 1))

    def writing(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._written()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        async with self._transaction(writing=False) as unit:
            yield unit

    @asynccontextmanager
    async def _written(self) -> AsyncIterator[UnitOfWork]:
        async with self._turns.taken(), self._transaction(writing=True) as unit:
            yield unit

    @asynccontextmanager
    async def _transaction(self, *, writing: bool) -> AsyncIterator[UnitOfWork]:
        with faults():
            connection = PatientConnection(await self._engine.connect())
        try:
            with faults():
                await connection.begin(**transaction_options(self._engine, writing=writing))
            yield SqlUnitOfWork(connection, locks=writing and not self._is_sqlite)
        finally:
            with faults():
                await connection.close()
