"""The bare drivers, for the few reads that nearly every request needs."""

import asyncio
import sqlite3
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Protocol, cast

import aiosqlite
import asyncpg
from sqlalchemy import URL, Dialect
from sqlalchemy.dialects import sqlite

from adapters.sql.schema.faults import FAULTS, meaning
from adapters.sql.schema.rows import Row
from adapters.sql.transactions.engine import (
    ANSWER_DEADLINE,
    BUSY_TIMEOUT,
    CONNECT_DEADLINE,
    POSTGRES_SETTINGS,
    is_sqlite,
    sqlite_file,
)

READERS = 4  # connections of one driver
PATIENCE = 20.0  # seconds for a read, with the wait for a connection
LOST = (asyncpg.InterfaceError, asyncpg.PostgresConnectionError, ConnectionError)


class Driver(Protocol):
    """Runs statements that were compiled for ``dialect``, which only read."""

    dialect: Dialect

    @abstractmethod
    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row]:
        """Raises:
        DatabaseUnavailable: it does not answer.
        """
        ...

    @abstractmethod
    def state(self) -> int | None:
        """A number that is another one whenever anybody has committed since; None where that would take a wait."""
        ...

    @abstractmethod
    async def close(self) -> None: ...


def make_driver(url: URL) -> Driver:
    """A driver for point reads, on few connections."""
    return SqliteDriver(sqlite_file(url)) if is_sqlite(url) else PostgresDriver(url, READERS, plans_anew=False)


def make_list_drivers(url: URL, number: int) -> Sequence[Driver]:
    """So many drivers for reads whose cost depends on what is asked for, each with one connection."""
    if is_sqlite(url):
        return [SqliteDriver(sqlite_file(url)) for _ in range(number)]
    # A plan for any limit and any condition would be one that reads the whole table.
    return [PostgresDriver(url, 1, plans_anew=True) for _ in range(number)]


class SqliteDriver(Driver):
    """One connection of its own, opened at first use, that cannot write.

    Beside it is one that is only asked whether anybody has committed. SQLite knows that from memory that its users
    share, and from one page of the file when somebody has, so no thread is needed for it. It is asked once in a turn of
    the event loop: to ask lets the interpreter go to Granian's thread, and to get it back costs more than all the rest
    of a request. No answer is older for it: whatever runs before the state is forgotten was waiting in the loop's queue
    before the question was put.
    """

    def __init__(self, file: Path) -> None:
        self.dialect = sqlite.dialect(paramstyle="qmark")
        self._file = file
        self._connection: aiosqlite.Connection | None = None
        self._watch: sqlite3.Connection | None = None
        self._state: int | None = None  # as found in this turn of the loop
        self._opening = asyncio.Lock()

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row]:
        try:
            try:
                return await self._fetch(statement, parameters)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                    raise
                return await self._fetch(statement, parameters)  # another one was cancelled, and this was running
        except FAULTS as error:
            raise meaning(error) from error

    async def _fetch(self, statement: str, parameters: Sequence[object]) -> Sequence[Row]:
        connection = self._connection or await self._open()
        try:
            async with asyncio.timeout(ANSWER_DEADLINE):
                return list(await connection.execute_fetchall(statement, parameters))
        except (TimeoutError, asyncio.CancelledError):
            await connection.interrupt()  # or the thread would go on with it, and let the next ones wait
            raise

    def state(self) -> int | None:
        if self._state is None and self._watch is not None:
            # First: whoever is called for from now on comes after it.
            asyncio.get_running_loop().call_soon(self._forget_state)
            with suppress(sqlite3.Error):  # what it is will be told by the read that follows
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
                    stack.pop_all()  # closed by close() from now on
            return self._connection


class PostgresDriver(Driver):
    """A few connections of its own, opened at need, on which statements stay prepared."""

    def __init__(self, url: URL, connections: int, *, plans_anew: bool) -> None:
        """``plans_anew``: whether each statement is planned for its very values, and not once for all."""
        self.dialect = url.get_dialect()()
        self._connections = connections
        self._settings = {
            "default_transaction_read_only": "on",
            "plan_cache_mode": "force_custom_plan" if plans_anew else "auto",
            "jit": "off",  # to compile a statement takes longer than any of these should
        }
        self._place: Mapping[str, Any] = self.dialect.create_connect_args(url)[1]  # options, as the driver types them
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row]:
        try:
            async with asyncio.timeout(PATIENCE):  # the pool itself would wait for a connection for ever
                pool = self._pool or await self._open()
                try:
                    records = await pool.fetch(statement, *parameters)
                except LOST:  # the server was restarted; a read can be done again
                    records = await pool.fetch(statement, *parameters)
            return cast("Sequence[Row]", records)  # which they are, but for the name
        except FAULTS as error:
            raise meaning(error) from error

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
                    **self._place,
                    min_size=0,
                    max_size=self._connections,
                    timeout=CONNECT_DEADLINE,
                    command_timeout=ANSWER_DEADLINE,
                    server_settings={**POSTGRES_SETTINGS, **self._settings},
                )
            return self._pool
