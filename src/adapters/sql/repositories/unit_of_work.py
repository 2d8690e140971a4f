"""Units of work, each one transaction."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.shared.meter import Meter
from adapters.sql.repositories.audit_table import SqlAuditTable
from adapters.sql.repositories.blob_ledger import SqlBlobLedger, SqlStoreBinding
from adapters.sql.repositories.images import SqlImageRepository
from adapters.sql.repositories.jobs import SqlJobRepository
from adapters.sql.repositories.log_in_marks import SqlLogInMarks
from adapters.sql.repositories.maintenance import SqlMaintenance
from adapters.sql.repositories.people import SqlAccessKeyRepository, SqlUserRepository
from adapters.sql.repositories.secret_record import SqlSecretRecord
from adapters.sql.repositories.submissions import SqlSubmissionRepository
from adapters.sql.repositories.usage import SqlUsageRepository
from adapters.sql.repositories.variant_jobs import SqlVariantJobs
from adapters.sql.repositories.webhooks import SqlWebhookRepository
from adapters.sql.schema.version_table import VERSION_TABLE
from adapters.sql.transactions.connection import Connection, Transactions
from adapters.sql.transactions.engine import CONNECTIONS, is_sqlite
from adapters.sql.transactions.postgres import PostgresTransactions
from adapters.sql.transactions.reserve import Reserve
from adapters.sql.transactions.sqlite_transactions import SqliteTransactions
from domain.errors import DatabaseUnavailable, ReadOnly, StorageFull
from domain.ports.database.unit_of_work import UnitOfWork, UnitsOfWork

PART = "database"
TOUCH = update(VERSION_TABLE).values(version_num=VERSION_TABLE.c.version_num)


@dataclass(slots=True, init=False, eq=False)  # a slot stands for the abstract property of its name
class SqlUnitOfWork(UnitOfWork):
    _connection: Connection
    images: SqlImageRepository
    variant_jobs: SqlVariantJobs
    jobs: SqlJobRepository
    users: SqlUserRepository
    access_keys: SqlAccessKeyRepository
    ledger: SqlBlobLedger
    submissions: SqlSubmissionRepository
    webhooks: SqlWebhookRepository
    log_in_marks: SqlLogInMarks
    usage: SqlUsageRepository
    store_binding: SqlStoreBinding
    maintenance: SqlMaintenance
    secret_record: SqlSecretRecord
    audit: SqlAuditTable

    def __init__(self, connection: Connection, *, locks: bool) -> None:
        """``locks``: whether rows must be locked when they are read for a change, since others write at the same time."""
        self._connection = connection
        self.images = SqlImageRepository(connection, locks=locks)
        self.variant_jobs = SqlVariantJobs(connection)
        self.jobs = SqlJobRepository(connection, locks=locks)
        self.users = SqlUserRepository(connection, locks=locks)
        self.access_keys = SqlAccessKeyRepository(connection, locks=locks)
        self.ledger = SqlBlobLedger(connection)
        self.submissions = SqlSubmissionRepository(connection)
        self.webhooks = SqlWebhookRepository(connection)
        self.log_in_marks = SqlLogInMarks(connection, locks=locks)
        self.usage = SqlUsageRepository(connection)
        self.store_binding = SqlStoreBinding(connection, locks=locks)
        self.maintenance = SqlMaintenance(connection, locks=locks)
        self.secret_record = SqlSecretRecord(connection)
        self.audit = SqlAuditTable(connection)

    async def commit(self) -> None:
        await self._connection.commit()


class SqlUnitsOfWork(UnitsOfWork):
    """Each unit of work is a transaction. Its connections are closed when ``engine`` is disposed.

    ``meter`` learns how long they take, the wait for a turn included. ``reserve``: the room that is kept for urgent ones; None
    where the database has a disk of its own to look after.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        connections: int = CONNECTIONS,
        *,
        meter: Meter | None = None,
        reserve: Reserve | None = None,
    ) -> None:
        self._meter = meter or Meter()
        self._reserve = reserve
        self._is_sqlite = is_sqlite(engine.url)
        self._transactions: Transactions = (
            SqliteTransactions(engine) if self._is_sqlite else PostgresTransactions(engine, connections)
        )

    @asynccontextmanager
    async def writing(self, *, in_maintenance: bool = False, urgent: bool = False) -> AsyncIterator[UnitOfWork]:
        with self._measured("write"), self._room(urgent=urgent):
            async with self._transactions.writing() as connection:
                unit = SqlUnitOfWork(connection, locks=not self._is_sqlite)
                if not in_maintenance and await unit.maintenance.since() is not None:
                    raise ReadOnly
                yield unit

    @contextmanager
    def _room(self, *, urgent: bool) -> Iterator[None]:
        if self._reserve is None:
            yield
        elif not urgent:
            self._reserve.check()
            yield
        else:
            self._reserve.make_room()
            try:
                yield
            except StorageFull:  # by a quota of the disk, which cannot be asked for; the next try has room
                self._reserve.give_up()
                raise

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        with self._measured("read"):
            async with self._transactions.reading() as connection:
                yield SqlUnitOfWork(connection, locks=False)

    async def check_writable(self) -> None:
        """Write what nobody reads, unless there is maintenance.

        Raises:
            DatabaseUnavailable, StorageFull: nothing can be written.
        """
        if self._reserve is not None:
            self._reserve.check()
        async with self._transactions.writing() as connection:
            unit = SqlUnitOfWork(connection, locks=not self._is_sqlite)
            if await unit.maintenance.since() is None:
                await connection.execute(TOUCH)
                await unit.commit()

    def _measured(self, step: str) -> AbstractContextManager[None]:
        return self._meter.timing(PART, step, DatabaseUnavailable)
