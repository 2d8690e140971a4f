"""Writing a database anew, so that nothing deleted is left in its files."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum

from adapters.sql.schema.faults import faults
from adapters.sql.schema.tables import metadata
from adapters.sql.transactions.database_url import DatabaseUrl, PostgresUrl, SqliteUrl
from adapters.sql.transactions.postgres_connector import PostgresConnector
from adapters.sql.transactions.sqlite_connection import open_connection

SIZE = "SELECT pg_database_size(current_database())"
NO_DEADLINE = {"statement_timeout": "0"}
LONGEST = 24 * 3600.0  # seconds for one table
LOG_DEADLINE = 10_000  # milliseconds to wait for readers of the write-ahead log


class Remainder(StrEnum):
    """Where bytes of what was deleted may be left.

    ``PAGES``: in unused parts of the pages of tables and indexes, until the database is written anew.
    ``LOG``: in the write-ahead log: SQLite's, because somebody was reading, or PostgreSQL's, until it is recycled.
    ``STATISTICS``: in samples that PostgreSQL's planner keeps, which only the owner of the database may have rewritten.
    """

    PAGES = "database pages"
    LOG = "write-ahead log"
    STATISTICS = "planner statistics"


@dataclass(frozen=True, slots=True)
class Vacuumed:
    """The size of the database in bytes before and after, and where something may be left."""

    before: int
    after: int
    remainders: tuple[Remainder, ...]


class SqlVacuum:
    """Needs room for a copy of the database, and for as long again in SQLite's log. Nothing can be written meanwhile; on
    PostgreSQL the table that is being written cannot be read either.
    """

    def __init__(self, url: DatabaseUrl) -> None:
        self._url = url

    async def empty_log(self) -> tuple[Remainder, ...]:
        """Empty SQLite's write-ahead log, and return where something may be left. Nothing waits for it."""
        if isinstance(self._url, PostgresUrl):
            return Remainder.PAGES, Remainder.LOG
        with faults():
            is_empty = await asyncio.to_thread(_empty_log, self._url)
        return (Remainder.PAGES,) if is_empty else (Remainder.PAGES, Remainder.LOG)

    async def __call__(self) -> Vacuumed:
        """Write every table and index anew.

        Raises:
            DatabaseUnavailable: it is too busy, or does not answer.
            StorageFull: there is no room for the copy. Nothing was changed.
        """
        with faults():
            if isinstance(self._url, SqliteUrl):
                return await asyncio.to_thread(_vacuum_sqlite, self._url)
            return await self._vacuum_postgres(self._url)

    async def _vacuum_postgres(self, url: PostgresUrl) -> Vacuumed:
        connection = await PostgresConnector(url, NO_DEADLINE).connect()
        refused: list[object] = []
        try:
            connection.add_log_listener(lambda _, message: refused.append(message))
            before = await connection.fetchval(SIZE)
            for table in metadata.sorted_tables:
                await connection.execute(f'VACUUM (FULL, ANALYZE) "{table.name}"', timeout=LONGEST)
            refused.clear()
            await connection.execute("VACUUM (FULL) pg_catalog.pg_statistic", timeout=LONGEST)
            after = await connection.fetchval(SIZE)
        finally:
            connection.terminate()
        remainders = (Remainder.LOG, Remainder.STATISTICS) if refused else (Remainder.LOG,)
        return Vacuumed(before, after, remainders)


def _vacuum_sqlite(url: SqliteUrl) -> Vacuumed:
    before = url.file.stat().st_size
    with closing(open_connection(url.file)) as connection:
        connection.execute("PRAGMA temp_store = FILE")  # the copy may be larger than the memory
        connection.execute("VACUUM")
        is_empty = _truncate_log(connection)
    return Vacuumed(before, url.file.stat().st_size, () if is_empty else (Remainder.LOG,))


def _empty_log(url: SqliteUrl) -> bool:
    with closing(open_connection(url.file)) as connection:
        return _truncate_log(connection)


def _truncate_log(connection: sqlite3.Connection) -> bool:
    """Copy the write-ahead log into the file and empty it; False if readers prevented that."""
    connection.execute(f"PRAGMA busy_timeout = {LOG_DEADLINE}")
    is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy
