"""Bringing a database to this version's schema."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.engine import WRITING, sqlite_file
from adapters.sql.faults import faults
from domain.errors import SchemaOutdated

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "0002"
VERSION_TABLE = table("alembic_version", column("version_num"))


class SqlSchema:
    """The schema of one database. Its changes happen whole or not at all, one process at a time."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def upgrade(self) -> bool:
        """Bring the schema to the newest revision; returns whether there was anything to do.

        Raises:
            SchemaOutdated: the database was made by a newer version of Calotype.
        """
        if await self._revision() == NEWEST:
            return False
        with faults():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{WRITING: True})
                async with connection.begin():
                    await connection.run_sync(_upgrade)
        return True

    async def is_absent(self) -> bool:
        """Whether there is no schema at all, as before the first start. Looking makes nothing."""
        return not sqlite_file(self._engine.url).exists() or await self._revision() is None

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
                await connection.execution_options(**{WRITING: False})
                return await connection.run_sync(_read_revision)


def migrations(connection: Connection | None = None) -> "Config":
    """Alembic's view of the migrations, to be run on ``connection``."""
    from alembic.config import Config  # noqa: PLC0415  # a third of a second, and only an upgrade needs it

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

    try:
        command.upgrade(migrations(connection), "head")
    except CommandError as error:  # a revision that this version does not know
        raise SchemaOutdated from error
