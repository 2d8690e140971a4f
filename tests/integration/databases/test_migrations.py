"""Migrations: upgrade, downgrade, upgrade again, with the tables that the code declares as the result."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from adapters.sql.reads.drivers import make_driver
from adapters.sql.reads.image_cache import ImageCache
from adapters.sql.reads.lookups import SqlLookups
from adapters.sql.schema.tables import metadata
from adapters.sql.transactions.database_url import parse_database_url
from adapters.sql.transactions.engine import make_engine
from adapters.sql.upgrades import NEWEST, SqlSchema, migrations
from adapters.system.clock import SystemClock
from adapters.system.key_uses import RecentKeyUses
from adapters.system.tokens import HmacTokens
from domain.model.access.access_key import Principal, Scope, Serial
from domain.model.access.user import UserId
from domain.use_cases.access.authenticate import Authenticate
from kit.servers.postgres import Postgres

SERIAL = Serial(b"from 0001 onward")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres) -> str:
    """An empty database."""
    return postgres.fresh_url() if request.param == "postgres" else f"sqlite+aiosqlite:///{tmp_path}/stairs.sqlite3"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url.replace("+aiosqlite", "").replace("+asyncpg", "+psycopg"))
    yield engine
    engine.dispose()


def test_the_newest_revision_is_the_one_that_the_code_requires() -> None:
    assert ScriptDirectory.from_config(migrations()).get_current_head() == NEWEST


def test_each_migration_can_be_applied_reverted_and_applied_again(engine: Engine) -> None:
    revisions = [script.revision for script in ScriptDirectory.from_config(migrations()).walk_revisions()][::-1]
    for revision in revisions:
        for there in (revision, "-1", revision):
            with engine.begin() as connection:
                (command.downgrade if there == "-1" else command.upgrade)(migrations(connection), there)
    with engine.begin() as connection:
        command.downgrade(migrations(connection), "base")
        assert tables(connection) == {"alembic_version"}


def test_the_upgraded_database_has_the_declared_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        command.upgrade(migrations(connection), "head")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert tables(connection) == {*metadata.tables, "alembic_version"}


@pytest.mark.anyio
async def test_a_key_older_than_compression_modes_is_kept_without_one(url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        command.upgrade(migrations(connection), "0001")
        connection.execute(text("INSERT INTO users (id, username, created_at) VALUES (7, 'ada', 1)"))
        connection.execute(
            text(
                "INSERT INTO access_keys (user_id, name, serial, scopes, created_at, last_used_at)"
                " VALUES (7, 'camera', :serial, 'read,write', 2, 3)"
            ),
            {"serial": SERIAL},
        )
    opened = make_engine(parse_database_url(url))
    assert await SqlSchema(opened).upgrade()
    await SqlSchema(opened).check()
    await opened.dispose()

    tokens, lookups = HmacTokens([b"k" * 32]), SqlLookups(make_driver(parse_database_url(url)), ImageCache())
    authenticate = Authenticate(tokens, lookups, RecentKeyUses(), SystemClock())
    principal = await authenticate(tokens.derive(SERIAL))
    await lookups.close()
    assert principal == Principal(UserId(7), frozenset({Scope.READ, Scope.WRITE}), compression=None)


@pytest.mark.anyio
async def test_ten_concurrent_upgrades_run_once(url: str) -> None:
    engines = [make_engine(parse_database_url(url)) for _ in range(10)]
    done = await asyncio.gather(*(SqlSchema(engine).upgrade() for engine in engines))
    assert any(done)
    for engine in engines:
        await SqlSchema(engine).check()
        await engine.dispose()


def test_a_user_older_than_image_counts_gets_one(engine: Engine) -> None:
    with engine.begin() as connection:
        command.upgrade(migrations(connection), "0002")
        connection.execute(text("INSERT INTO users (id, username, created_at) VALUES (7, 'ada', 1), (8, 'bob', 1)"))
        connection.execute(text("INSERT INTO image_counts (owner_id, images) VALUES (7, 5)"))
        command.upgrade(migrations(connection), "0003")
        counts = connection.execute(text("SELECT owner_id, images FROM image_counts ORDER BY owner_id")).all()
    assert [tuple(row) for row in counts] == [(7, 5), (8, 0)]


def test_variants_older_than_recipes_get_the_recipes_they_were_made_with(engine: Engine) -> None:
    columns = "image_id, name, state, attempts, due, blob_key"
    with engine.begin() as connection:
        command.upgrade(migrations(connection), "0003")
        connection.execute(text("INSERT INTO users (id, username, created_at) VALUES (7, 'ada', 1)"))
        connection.execute(
            text(
                "INSERT INTO images (id, owner_id, name, blob_key, digest, size, format, width, height, frames, receipt_mode,"
                " receipt_codec, receipt_lossless, uploaded_size, created_at, updated_at, version)"
                " VALUES (1, 7, 'a.png', 'k', 'd', 1, 'png', 1, 1, 1, 'off', 'none', 1, 1, 1, 1, 1)"
            )
        )
        rows = "(1, 'small', 'ready', 1, 5, 's'), (1, 'medium', 'pending', 0, 5, NULL)"
        connection.execute(text(f"INSERT INTO variants ({columns}) VALUES {rows}"))
        command.upgrade(migrations(connection), "0004")
        found = connection.execute(text("SELECT name, recipe FROM variants ORDER BY name")).all()
        assert [tuple(row) for row in found] == [("medium", "inside x300 auto"), ("small", "inside x100 auto")]
        indexes = {index["name"] for index in inspect(connection).get_indexes("variants")}
        assert {"ix_variants_pending_due", "ix_variants_state"} <= indexes
        command.downgrade(migrations(connection), "0003")
        kept = connection.execute(text(f"SELECT {columns} FROM variants ORDER BY name")).all()
    assert [tuple(row) for row in kept] == [(1, "medium", "pending", 0, 5, None), (1, "small", "ready", 1, 5, "s")]


def test_the_bytes_of_images_that_were_stored_before_are_counted(engine: Engine) -> None:
    columns = (
        "id, owner_id, name, blob_key, digest, size, format, width, height, frames, receipt_mode, receipt_codec,"
        " receipt_lossless, uploaded_size, created_at, updated_at, version"
    )
    with engine.begin() as connection:
        command.upgrade(migrations(connection), "0014")
        for user, images in ((7, 2), (8, 0)):
            name = {"id": user, "name": f"user-{user}"}
            connection.execute(text("INSERT INTO users (id, username, created_at) VALUES (:id, :name, 1)"), name)
            counted = {"id": user, "images": images}
            connection.execute(text("INSERT INTO image_counts (owner_id, images) VALUES (:id, :images)"), counted)
        for id, size in ((1, 30), (2, 12)):
            values = f"({id}, 7, 'a{id}.png', 'k{id}', 'd', {size}, 'png', 1, 1, 1, 'off', 'none', 1, 1, 1, 1, 1)"
            connection.execute(text(f"INSERT INTO images ({columns}) VALUES {values}"))
        command.upgrade(migrations(connection), "head")
        query = "SELECT images, bytes, reserved_images, reserved_bytes, quota_bytes FROM image_counts ORDER BY owner_id"
        assert [tuple(row) for row in connection.execute(text(query))] == [(2, 42, 0, 0, None), (0, 0, 0, 0, None)]
        command.downgrade(migrations(connection), "0014")
        left = connection.execute(text("SELECT * FROM image_counts ORDER BY owner_id")).all()
    assert [tuple(row) for row in left] == [(7, 2), (8, 0)]


def test_a_key_with_a_mode_survives_the_downgrade(engine: Engine) -> None:
    with engine.begin() as connection:
        command.upgrade(migrations(connection), "0002")
        connection.execute(text("INSERT INTO users (id, username, created_at) VALUES (7, 'ada', 1)"))
        connection.execute(
            text(
                "INSERT INTO access_keys (user_id, name, serial, scopes, created_at, compression)"
                " VALUES (7, 'camera', :serial, 'read', 2, 'off')"
            ),
            {"serial": SERIAL},
        )
        command.downgrade(migrations(connection), "0001")
        kept = connection.execute(text("SELECT name, serial FROM access_keys")).all()
        indexes = {index["name"] for index in inspect(connection).get_indexes("access_keys")}
    assert [tuple(row) for row in kept] == [("camera", SERIAL)]
    assert "uq_access_keys_user_id_name" in indexes


def tables(connection: Connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if not name.startswith("sqlite_")}
