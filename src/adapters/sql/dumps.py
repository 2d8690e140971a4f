"""Dumps: SQLite databases in one file, whatever the database is that they were copied from."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.copying import SqlDatabaseCopy
from adapters.sql.integrity import SqlIntegrity
from adapters.sql.repositories.unit_of_work import SqlUnitsOfWork
from adapters.sql.schema.faults import faults
from adapters.sql.transactions.database_files import LOG_SUFFIX
from adapters.sql.transactions.database_url import DatabaseUrl, SqliteUrl
from adapters.sql.transactions.engine import make_engine, transaction_options
from adapters.sql.transactions.sqlite_connection import open_connection
from adapters.sql.transactions.turns import TURNS_SUFFIX
from adapters.sql.upgrades import NEWEST, SqlSchema
from domain.errors import InstallationInUse
from domain.ports.database.database_copy import DatabaseCopy
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.dumps import Dumps
from domain.ports.staging import StagedPath

INDEX_SUFFIX = "-shm"
OTHERS = text(  # background processes of the server have no user
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
)


class SqlDumps(Dumps):
    """``url`` is that of ``engine``, the database in use."""

    def __init__(self, engine: AsyncEngine, url: DatabaseUrl) -> None:
        self._engine = engine
        self._url = url

    @property
    def schema(self) -> str:
        return NEWEST

    async def snapshot_to(self, file: StagedPath) -> bool:
        if not isinstance(self._url, SqliteUrl):
            return False
        with faults():
            await asyncio.to_thread(_snapshot, self._url.file, Path(file))
        return True

    def dump_to(self, file: StagedPath) -> DatabaseCopy:
        return SqlDatabaseCopy(self._engine, make_engine(SqliteUrl(Path(file))))

    def load_from(self, file: StagedPath) -> DatabaseCopy:
        return SqlDatabaseCopy(make_engine(SqliteUrl(Path(file))), make_engine(self._url), closes_source=True)

    async def duplicate(self, file: StagedPath, to: StagedPath) -> None:
        with faults():
            await asyncio.to_thread(shutil.copyfile, file, to)

    def opened(self, file: StagedPath) -> AbstractAsyncContextManager[UnitsOfWork]:
        return self._opened(Path(file))

    async def check_unused(self) -> None:
        if isinstance(self._url, SqliteUrl):
            await asyncio.to_thread(_check_file, self._url)
            return
        with faults():
            async with self._engine.connect() as connection:
                await connection.execution_options(**transaction_options(self._engine, writing=False))
                if (await connection.execute(OTHERS)).scalar_one():
                    raise InstallationInUse("database")

    @asynccontextmanager
    async def _opened(self, file: Path) -> AsyncIterator[UnitsOfWork]:
        engine = make_engine(SqliteUrl(file))
        try:
            await SqlSchema(engine).upgrade()
            yield SqlUnitsOfWork(engine)
        finally:
            await engine.dispose()
            _beside(file, TURNS_SUFFIX).unlink(missing_ok=True)


def _snapshot(source: Path, target: Path) -> None:
    with closing(open_connection(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))  # one reading transaction; nobody waits for it
    SqlIntegrity(SqliteUrl(target)).check(thorough=True)  # an index that was damaged is copied as it was


def _check_file(url: SqliteUrl) -> None:
    if not url.file.exists():
        for suffix in (LOG_SUFFIX, INDEX_SUFFIX):  # of a file that is gone: they must not be taken for the new one's
            _beside(url.file, suffix).unlink(missing_ok=True)
        return
    SqlIntegrity(url).check()  # before anything could be written from the wrong log
    with faults(), closing(sqlite3.connect(url.file, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")  # fails while any other connection is open
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise InstallationInUse("database") from error


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)
