"""The database drivers without SQLAlchemy, for the few reads that nearly every request needs."""

import asyncio
import sqlite3
from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Protocol, cast

import aiosqlite
import asyncpg
from sqlalchemy import Dialect
from sqlalchemy.dialects import sqlite

from adapters.sql.schema.faults import ENDS_OF_CONNECTIONS, FAULTS, meaning, statement_faults
from adapters.sql.schema.rows import Row
from adapters.sql.transactions.database_url import DatabaseUrl, PostgresUrl, SqliteUrl
from adapters.sql.transactions.engine import POSTGRES_DRIVER
from adapters.sql.transactions.postgres_connector import ANSWER_DEADLINE, PostgresConnector, Session
from adapters.sql.transactions.sqlite_connection import BUSY_TIMEOUT

READERS = 4  # connections of the driver for point reads
READ_DEADLINE = 20.0  # seconds for a read on PostgreSQL, with the wait for a connection
LOST = (asyncpg.InterfaceError, asyncpg.InternalClientError, ConnectionError, *ENDS_OF_CONNECTIONS)


class Driver(Protocol):
    """Runs statements that were compiled for ``dialect`` and only read."""

    dialect: Dialect

    @abstractmethod
    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row]:
        """Raises:
        DatabaseUnavailable: it does not answer.
        """
        ...

    @abstractmethod
    def state(self) -> int | None:
        """A number that changes whenever any process commits; None if the driver cannot know it without waiting."""
        ...

    @abstractmethod
    async def close(self) -> None: ...


def make_driver(url: DatabaseUrl) -> Driver:
    """A driver for point reads, with a few connections."""
    return SqliteDriver(url.file) if isinstance(url, SqliteUrl) else PostgresDriver(url, READERS, plans_anew=False)


def make_list_drivers(url: DatabaseUrl, number: int) -> Sequence[Driver]:
    """``number`` drivers for reads whose cost depends on their parameters, each with one connection."""
    if isinstance(url, SqliteUrl):
        return [SqliteDriver(url.file) for _ in range(number)]
    # One plan for every limit and every condition would have to read the whole table.
    return [PostgresDriver(url, 1, plans_anew=True) for _ in range(number)]


class SqliteDriver(Driver):
    """One read-only connection, opened at first use, and one that is only asked whether any process has committed.

    SQLite knows that from memory that its processes share, or from one page of the file, so the question needs no thread
    of its own. It is asked at most once in a turn of the event loop: asking releases the interpreter lock, and getting it
    back from Granian's thread costs more than the rest of a request. No answer becomes stale by that: all callbacks of the
    turn were already waiting when the question was asked, so for each of them the answer is as new as its own question.
    """

    def __init__(self, file: Path) -> None:
        self.dialect = sqlite.dialect(paramstyle="qmark")
        self._file = file
        self._connection: aiosqlite.Connection | None = None
        self._watch: sqlite3.Connection | None = None
        self._state: int | None = None  # in this turn of the event loop
        self._opening = asyncio.Lock()

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row]:
        try:
            try:
                return await self._fetch(statement, parameters)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                    raise
                return await self._fetch(
                    statement, parameters
                )  # the interrupt was meant for a cancelled read, and met this one
        except FAULTS as error:
            raise meaning(error) from error

    async def _fetch(self, statement: str, parameters: Sequence[object]) -> Sequence[Row]:
        connection = self._connection or await self._open()
        try:
            async with asyncio.timeout(ANSWER_DEADLINE):
                return list(await connection.execute_fetchall(statement, parameters))
        except (TimeoutError, asyncio.CancelledError):
            await connection.interrupt()  # or the thread would finish it, and the next reads would wait
            raise

    def state(self) -> int | None:
        if self._state is None and self._watch is not None:
            # Before the question, so that callbacks scheduled from now on find the state forgotten.
            asyncio.get_running_loop().call_soon(self._forget_state)
            with suppress(sqlite3.Error):  # the read that follows reports the error
                self._state = self._watch.execute("PRAGMA data_version").fetchone()[0]
        return self._state

    def _forget_state(self) -> None:
        self._state = None

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = self._state = None
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _open(self) -> aiosqlite.Connection:
        async with self._opening:
            if self._connection is None:
                place = f"{self._file.as_uri()}?mode=ro"
                async with AsyncExitStack() as stack:
                    connection = await stack.enter_async_context(
                        aiosqlite.connect(place, uri=True, isolation_level=None)
                    )
                    for pragma in (f"busy_timeout = {BUSY_TIMEOUT}", "cache_size = -16000", "mmap_size = 268435456"):
                        await connection.execute(f"PRAGMA {pragma}")
                    self._watch = await asyncio.to_thread(
                        sqlite3.connect, place, uri=True, isolation_level=None, timeout=0, check_same_thread=False
                    )
                    self._connection = connection
                    stack.pop_all()  # close() closes them from now on
            return self._connection


class PostgresDriver(Driver):
    """A pool of a few connections, opened when needed, on which statements stay prepared."""

    def __init__(self, url: PostgresUrl, connections: int, *, plans_anew: bool) -> None:
        """``plans_anew``: whether a statement is planned for its parameters each time, and not once for all."""
        self.dialect = POSTGRES_DRIVER.get_dialect()()
        self._connections = connections
        settings = {
            "default_transaction_read_only": "on",
            "plan_cache_mode": "force_custom_plan" if plans_anew else "auto",
            "jit": "off",  # compiling a statement would take longer than running it
        }
        self._connector = PostgresConnector(url, settings)
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row]:
        with statement_faults():
            async with asyncio.timeout(READ_DEADLINE):  # the pool has no deadline for a free connection
                pool = self._pool or await self._open()
                try:
                    records = await pool.fetch(statement, *parameters)
                except LOST:  # the server was restarted, or ends connections; a read can be repeated
                    await pool.expire_connections()  # others of the pool are likely to be lost too
                    records = await pool.fetch(statement, *parameters)
            return cast("Sequence[Row]", records)  # a Record is a sequence, though not by its declared type

    def state(self) -> int | None:
        return None

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def _open(self) -> "asyncpg.Pool[asyncpg.Record]":
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    connect=self._connector.connect,
                    reset=_keep,
                    min_size=0,
                    max_size=self._connections,
                )
            return self._pool


async def _keep(_: Session) -> None:
    """Nothing changes the session. The driver's own way would undo its settings, and ask the server after each read."""
