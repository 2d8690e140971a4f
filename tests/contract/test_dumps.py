"""The contract of Dumps: one form for databases of both kinds, from each to each."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine

from adapters.sql.dumps import SqlDumps
from adapters.sql.transactions.database_url import parse_database_url
from adapters.sql.transactions.engine import Engine, make_engine
from adapters.sql.upgrades import migrations
from domain.errors import DatabaseDamaged, InstallationInUse, SchemaOutdated
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.dumps import Dumps
from domain.ports.staging import StagedPath
from domain.use_cases.databases.copy_database import CopyDatabase, DatabaseCopied
from kit.fixtures.adapters import Database, sql_database
from kit.fixtures.repositories import a_user, stored
from kit.servers.postgres import Postgres, upgraded

pytestmark = pytest.mark.anyio

KINDS = ["sqlite", "postgres"]


@dataclass
class Place:
    """A database, and the dumps of it."""

    url: str
    engine: Engine

    @property
    def dumps(self) -> Dumps:
        return SqlDumps(self.engine, parse_database_url(self.url))


async def a_place(kind: str, file: Path, postgres: Postgres) -> Place:
    url = f"sqlite+aiosqlite:///{file}" if kind == "sqlite" else await postgres.database()
    return Place(url, make_engine(parse_database_url(url)))


@pytest.fixture(params=KINDS)
async def place(
    request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str, postgres: Postgres
) -> AsyncIterator[Place]:
    place = await a_place(request.param, tmp_path / "used.sqlite3", postgres)
    yield place
    await place.engine.dispose()


@pytest.fixture
def file(tmp_path: Path) -> StagedPath:
    return StagedPath(str(tmp_path / "dump"))


async def rows_of(copy: CopyDatabase) -> int:
    *_, last = [event async for event in copy(dry_run=False)]
    assert isinstance(last, DatabaseCopied)
    return sum(table.sum.rows for table in last.tables)


async def names(units: UnitsOfWork) -> set[str]:
    async with units.reading() as unit:
        return {user.username for user in await unit.users.list()}


async def add(database: Database, *users: str) -> None:
    for user in users:
        await stored(database, await a_user(database, user), "a.jpg")


async def test_a_dump_is_one_file_from_which_any_database_is_made(
    place: Place, file: StagedPath, tmp_path: Path, postgres: Postgres
) -> None:
    await upgraded(place.url)
    async with sql_database(place.url) as database:
        await add(database, "ada", "bob")
        rows = await rows_of(CopyDatabase(place.dumps.dump_to(file)))
        await add(database, "late")
    async with place.dumps.opened(file) as dump:
        assert await names(dump) == {"ada", "bob"}
        async with dump.writing() as unit:
            await unit.users.save(next(user for user in await unit.users.list() if user.username == "ada"))
            await unit.commit()
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("dump")] == ["dump"]
    for kind in KINDS:
        other = await a_place(kind, tmp_path / "other.sqlite3", postgres)
        moved = StagedPath(str(tmp_path / f"moved to {kind}"))
        await other.dumps.duplicate(file, moved)
        assert await rows_of(CopyDatabase(other.dumps.load_from(moved))) == rows
        async with sql_database(other.url) as database:
            assert await names(database.units) == {"ada", "bob"}
        await other.engine.dispose()


async def test_a_snapshot_is_a_dump_like_one_of_all_rows(
    place: Place, file: StagedPath, tmp_path: Path, postgres: Postgres
) -> None:
    await upgraded(place.url)
    async with sql_database(place.url) as database:
        await add(database, "ada", "bob")
        rows = await rows_of(CopyDatabase(place.dumps.dump_to(StagedPath(str(tmp_path / "rows")))))
        is_made = await place.dumps.snapshot_to(file)
        await add(database, "late")
    assert is_made == Path(file).exists() == (place.engine.dialect.name == "sqlite")
    if not is_made:
        return
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("dump")] == ["dump"]
    async with place.dumps.opened(file) as dump:
        assert await names(dump) == {"ada", "bob"}
    for kind in KINDS:
        other = await a_place(kind, tmp_path / "other.sqlite3", postgres)
        assert await rows_of(CopyDatabase(other.dumps.load_from(file))) == rows
        await other.engine.dispose()


async def test_no_snapshot_is_made_of_a_database_whose_index_is_damaged(tmp_path: Path, file: StagedPath) -> None:
    place = await a_place("sqlite", tmp_path / "used.sqlite3", Postgres())
    await upgraded(place.url)
    async with sql_database(place.url) as database:
        await add(database, "ada")
    with closing(sqlite3.connect(tmp_path / "used.sqlite3", isolation_level=None)) as changed:
        query = "SELECT name, rootpage FROM sqlite_master WHERE tbl_name = 'images' AND type = 'index' AND sql NOT NULL"
        (first, page), (second, other_page), *_ = changed.execute(query)
        changed.execute("PRAGMA writable_schema = ON")
        for name, number in ((first, other_page), (second, page)):
            changed.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = ?", (number, name))
    with pytest.raises(DatabaseDamaged):
        await place.dumps.snapshot_to(file)
    await place.engine.dispose()


async def test_a_dump_of_an_older_version_is_upgraded_and_that_of_a_newer_one_refused(
    place: Place, file: StagedPath
) -> None:
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        command.upgrade(migrations(connection), "0009")
    engine.dispose()
    async with place.dumps.opened(file) as dump:
        assert await names(dump) == set()
    with closing(sqlite3.connect(file)) as changed, changed:
        changed.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaOutdated):
        async with place.dumps.opened(file):
            pass


async def test_a_database_that_another_process_has_open_is_noticed(place: Place) -> None:
    await place.dumps.check_unused()  # there is none yet
    await upgraded(place.url)
    await place.dumps.check_unused()
    async with sql_database(place.url) as database:  # with connections of its own, as those of another process are
        await add(database, "ada")
        with pytest.raises(InstallationInUse):
            await place.dumps.check_unused()
    for _ in range(50):  # until the server has noticed that they are closed
        try:
            await place.dumps.check_unused()
        except InstallationInUse:
            await asyncio.sleep(0.1)
        else:
            break
    await place.dumps.check_unused()


async def test_what_a_lost_file_left_beside_it_is_removed(tmp_path: Path) -> None:
    place = await a_place("sqlite", tmp_path / "used.sqlite3", Postgres())
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"used.sqlite3{suffix}").write_bytes(b"of another file")
    await place.dumps.check_unused()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "used.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(DatabaseDamaged):
        await place.dumps.check_unused()
    assert (tmp_path / "used.sqlite3").read_bytes() == b"no database at all" * 100
