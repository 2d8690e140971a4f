"""Transactions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.blob_ledger import SqlBlobLedger, SqlStoreBinding
from adapters.sql.connection import PatientConnection
from adapters.sql.engine import WRITING
from adapters.sql.faults import faults
from adapters.sql.image_repository import SqlImageRepository
from adapters.sql.people import SqlAccessKeyRepository, SqlUserRepository
from adapters.sql.variant_jobs import SqlVariantJobs
from domain.errors import DatabaseUnavailable
from domain.ports.unit_of_work import UnitOfWork, UnitsOfWork

PATIENCE = 10.0  # seconds to wait for the turn to write


class SqlUnitOfWork(UnitOfWork):
    def __init__(self, connection: PatientConnection) -> None:
        self._connection = connection
        self.images = SqlImageRepository(connection)
        self.variant_jobs = SqlVariantJobs(connection)
        self.users = SqlUserRepository(connection)
        self.access_keys = SqlAccessKeyRepository(connection)
        self.ledger = SqlBlobLedger(connection)
        self.store_binding = SqlStoreBinding(connection)

    async def commit(self) -> None:
        with faults():
            await self._connection.commit()


class SqlUnitsOfWork(UnitsOfWork):
    """``engine`` makes a transaction of each unit of work; writers of one process take turns.

    SQLite has one writer at a time anyway, and waits for it by sleeping; a queue in the process is fair and idle.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._turn = asyncio.Lock()

    def writing(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._written()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        async with self._transaction(writing=False) as unit:
            yield unit

    @asynccontextmanager
    async def _written(self) -> AsyncIterator[UnitOfWork]:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turn.acquire()
        except TimeoutError as error:
            raise DatabaseUnavailable("too many writers are waiting") from error
        try:
            async with self._transaction(writing=True) as unit:
                yield unit
        finally:
            self._turn.release()

    @asynccontextmanager
    async def _transaction(self, *, writing: bool) -> AsyncIterator[UnitOfWork]:
        with faults():
            connection = PatientConnection(await self._engine.connect())
        try:
            with faults():
                await connection.begin(**{WRITING: writing})
            yield SqlUnitOfWork(connection)
        finally:
            with faults():
                await connection.close()
