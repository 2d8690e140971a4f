"""Engines, set up so that an acknowledged commit survives a power cut and nobody waits for ever."""

from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from domain.errors import CannotStart

WRITING = "calotype_writing"
BUSY_TIMEOUT = 5000  # milliseconds that SQLite waits for another process's lock
CONNECTIONS = 8

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16000",
)


class _Cursor(Protocol):
    def execute(self, statement: str) -> object: ...
    def close(self) -> None: ...


class _DriverConnection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


def parse_database_url(text: str) -> URL:
    """The URL of a database that Calotype can use.

    Raises:
        CannotStart: it is not one.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise CannotStart("database.url: not a database URL, e.g. sqlite+aiosqlite:///calotype.sqlite3.") from error
    if url.drivername != "sqlite+aiosqlite" or not url.database or url.database == ":memory:":
        raise CannotStart("database.url: must be sqlite+aiosqlite:///<file>.")
    return url


def sqlite_file(url: URL) -> Path:
    return Path(url.database or "").absolute()


def make_engine(url: URL) -> AsyncEngine:
    """An engine that connects at first use. Every transaction states whether it will write, under ``WRITING``."""
    engine = create_async_engine(url, pool_size=CONNECTIONS, max_overflow=0, pool_timeout=10, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: _DriverConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver's guess
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that begins as a reader cannot wait for the write lock later; it would fail at once.
        writing = connection.get_execution_options().get(WRITING, True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine
