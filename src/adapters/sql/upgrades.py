"""Bringing a database to the schema of this version."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.schema.faults import faults
from adapters.sql.schema.version_table import VERSION_TABLE
from adapters.sql.transactions.engine import is_sqlite, sqlite_file, transaction_options
from domain.errors import SchemaOutdated

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "0021"
UPGRADE_LOCK = 0x63616C6F  # any number that no other advisory lock of PostgreSQL has


class SqlSchema:
    """The schema of one database. An upgrade is one transaction, and one process at a time runs it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def upgrade(self) -> bool:
        """Bring the schema to the newest revision, and return whether there was anything to do.

        Raises:
            SchemaOutdated: the database was made by a newer version of Calotype.
        """
        if await self._revision() == NEWEST:
            return False
        with faults():
            async with self._engine.connect() as connection:
                await connection.execution_options(**transaction_options(self._engine, writing=True))
                async with connection.begin():
                    await connection.run_sync(_upgrade)
        return True

    async def is_absent(self) -> bool:
        """Whether there is no schema at all, as before the first start. Asking does not create the database."""
        url = self._engine.url
        return (is_sqlite(url) and not sqlite_file(url).exists()) or await self._revision() is None

    async def check(self) -> None:
        """Return if the schema is the one that this version needs.

        Raises:
            SchemaOutdated: it is not.
        """
        if await self._revision() != NEWEST:
            raise SchemaOutdated

    async def _revision(self) -> str | None:
        with faults():
            async with self._engine.connect() as connection:
                await connection.execution_options(**transaction_options(self._engine, writing=False))
                return await connection.run_sync(_read_revision)


def migrations(connection: Connection | None = None) -> "Config":
    """What Alembic needs to run the migrations on ``connection``."""
    from alembic.config import Config  # noqa: PLC0415  # takes a third of a second, and only an upgrade needs it

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _read_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE.name):
        return None
    return connection.execute(select(VERSION_TABLE.c.version_num)).scalar_one_or_none()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  # as above
    from alembic.util import CommandError  # noqa: PLC0415  # as above

    if connection.dialect.name == "postgresql":  # on SQLite the transaction keeps all other writers out
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})"))
    try:
        command.upgrade(migrations(connection), "head")
    except CommandError as error:  # a revision that this version does not know
        raise SchemaOutdated from error
