"""Bringing a database to this version's schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.engine import WRITING
from adapters.sql.faults import faults
from domain.errors import SchemaOutdated


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str | None:
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


class SqlSchema:
    """The schema of one database. Its changes happen whole or not at all, one process at a time."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def upgrade(self) -> bool:
        """Bring the schema to the newest revision; returns whether there was anything to do.

        Raises:
            SchemaOutdated: the database was made by a newer version of Calotype.
        """
        if await self._revision() == newest_revision():
            return False
        with faults():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{WRITING: True})
                async with connection.begin():
                    await connection.run_sync(_upgrade)
        return True

    async def check(self) -> None:
        """Return if the schema is the one that this version needs.

        Raises:
            SchemaOutdated: it is not.
        """
        if await self._revision() != newest_revision():
            raise SchemaOutdated

    async def _revision(self) -> str | None:
        with faults():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{WRITING: False})
                return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


def _upgrade(connection: Connection) -> None:
    try:
        command.upgrade(alembic_config(connection), "head")
    except CommandError as error:
        raise SchemaOutdated from error
