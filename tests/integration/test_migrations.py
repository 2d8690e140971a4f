"""Migrations: up, down, up again, to the very tables that the code declares."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect

from adapters.sql.schema import NEWEST, migrations
from adapters.sql.tables import metadata


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'stairs.sqlite3'}")
    yield engine
    engine.dispose()


def test_the_newest_revision_is_the_one_that_the_code_asks_for() -> None:
    assert ScriptDirectory.from_config(migrations()).get_current_head() == NEWEST


def test_each_step_leads_up_and_down_and_up_again(engine: Engine) -> None:
    revisions = [script.revision for script in ScriptDirectory.from_config(migrations()).walk_revisions()][::-1]
    for revision in revisions:
        for there in (revision, "-1", revision):
            with engine.begin() as connection:
                (command.downgrade if there == "-1" else command.upgrade)(migrations(connection), there)
    with engine.begin() as connection:
        command.downgrade(migrations(connection), "base")
        assert tables(connection) == {"alembic_version"}


def test_the_upgraded_database_is_what_the_tables_say(engine: Engine) -> None:
    with engine.begin() as connection:
        command.upgrade(migrations(connection), "head")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert tables(connection) == {*metadata.tables, "alembic_version"}


def tables(connection: Connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if not name.startswith("sqlite_")}
