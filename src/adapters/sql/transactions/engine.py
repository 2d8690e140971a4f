"""Engines, set up so that an acknowledged commit survives a power cut and every wait has a deadline.

On SQLite one writer runs at a time, so its transactions are serial. On PostgreSQL writers run side by side at READ
COMMITTED: a change of an image locks its row first, and a change that depends on a state has that state in its WHERE.
"""

import asyncio
import threading
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.sql.transactions.database_url import DatabaseUrl, PostgresUrl, SqliteUrl
from adapters.sql.transactions.postgres_connector import PostgresConnector
from adapters.sql.transactions.sqlite_connection import SqliteConnection

Engine: TypeAlias = AsyncEngine

POSTGRES_DRIVER = make_url("postgresql+asyncpg://")
WRITING = "calotype_writing"
CONNECTIONS = 8  # at most, of one engine
THREADS_DEADLINE = 0.5  # seconds
POOL_DEADLINE = 10  # seconds to wait for a free connection


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def sqlite_file(url: URL) -> Path:
    return Path(url.database or "").absolute()


def make_engine(url: DatabaseUrl, connections: int = CONNECTIONS) -> AsyncEngine:
    """An engine that connects at first use, with at most ``connections`` connections."""
    if isinstance(url, SqliteUrl):
        return _sqlite_engine(url, connections)
    return _postgres_engine(url, connections)


def transaction_options(engine: AsyncEngine, *, writing: bool) -> dict[str, object]:
    """The options of a transaction on ``engine``. A reader sees the state of one moment, and waits for no writer."""
    if is_sqlite(engine.url):
        return {WRITING: writing}
    return {"isolation_level": "READ COMMITTED" if writing else "REPEATABLE READ"}


def _postgres_engine(url: PostgresUrl, connections: int) -> AsyncEngine:
    return create_async_engine(
        POSTGRES_DRIVER,
        async_creator=PostgresConnector(url).connect,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=POOL_DEADLINE,
        pool_pre_ping=True,  # notices a restart of the server before a statement fails by it
        hide_parameters=True,
    )


def _sqlite_engine(url: SqliteUrl, connections: int) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(url.file)),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=POOL_DEADLINE,
        hide_parameters=True,
        connect_args={"factory": SqliteConnection},
    )

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that begins as a reader fails at once when it needs the write lock, and does not wait for it.
        writing = connection.get_execution_options().get(WRITING, True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


async def await_threads() -> None:
    """Wait until the threads of SQLite connections have ended, for at most ``THREADS_DEADLINE`` each.

    A connection that fails does not wait for its thread, which would print a traceback if the event loop ended before it.
    """
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, THREADS_DEADLINE)
