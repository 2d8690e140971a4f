"""Engines, set up so that an acknowledged commit survives a power cut and every wait has a deadline.

On SQLite one writer runs at a time, so its transactions are serial. On PostgreSQL writers run side by side at READ
COMMITTED: a change of an image locks its row first, and a change that depends on a state has that state in its WHERE.
"""

from pathlib import Path
from typing import TypeAlias

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.sql.transactions.sqlite_connection import SqliteConnection
from domain.errors import InvalidDatabaseUrl

DatabaseUrl: TypeAlias = URL
Engine: TypeAlias = AsyncEngine

WRITING = "calotype_writing"
CONNECTIONS = 8  # at most, of one engine
CONNECT_DEADLINE = 5.0  # seconds, on PostgreSQL
POOL_DEADLINE = 10  # seconds to wait for a free connection
ANSWER_DEADLINE = 15.0  # seconds for an answer, in case the server does not keep its own timeouts

# Settings of each connection to PostgreSQL; times are in milliseconds.
POSTGRES_SETTINGS = {
    "application_name": "calotype",
    "statement_timeout": "10000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "30000",
    "synchronous_commit": "on",
    "timezone": "UTC",
}


def parse_database_url(text: str) -> URL:
    """The URL of a database that Calotype can use.

    Raises:
        InvalidDatabaseUrl: it is not one.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise InvalidDatabaseUrl from error
    if url.drivername == "postgresql+asyncpg" and url.database:
        return url
    if url.drivername == "sqlite+aiosqlite" and url.database and url.database != ":memory:":
        return url
    raise InvalidDatabaseUrl


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def libpq_url(text: str) -> str:
    """The same PostgreSQL database for drivers that read URLs as libpq does."""
    url = make_url(text).set(drivername="postgresql")
    ssl = url.query.get("ssl")
    if ssl is not None:
        url = url.difference_update_query(["ssl"]).update_query_dict({"sslmode": ssl})
    return url.render_as_string(hide_password=False)


def sqlite_file(url: URL) -> Path:
    return Path(url.database or "").absolute()


def make_engine(url: URL, connections: int = CONNECTIONS) -> AsyncEngine:
    """An engine that connects at first use, with at most ``connections`` connections."""
    return _sqlite_engine(url, connections) if is_sqlite(url) else _postgres_engine(url, connections)


def transaction_options(engine: AsyncEngine, *, writing: bool) -> dict[str, object]:
    """The options of a transaction on ``engine``. A reader sees the state of one moment, and waits for no writer."""
    if is_sqlite(engine.url):
        return {WRITING: writing}
    return {"isolation_level": "READ COMMITTED" if writing else "REPEATABLE READ"}


def _postgres_engine(url: URL, connections: int) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=POOL_DEADLINE,
        pool_pre_ping=True,  # notices a restart of the server before a statement fails by it
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_DEADLINE,
            "command_timeout": ANSWER_DEADLINE,
            "server_settings": POSTGRES_SETTINGS,
        },
    )


def _sqlite_engine(url: URL, connections: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
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
