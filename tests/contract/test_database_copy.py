"""The contract of DatabaseCopy, between databases of the same kind and of different kinds."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from adapters.sql.copying import SqlDatabaseCopy
from adapters.sql.transactions.database_url import parse_database_url
from adapters.sql.transactions.engine import make_engine
from domain.errors import SchemaOutdated
from domain.model.access.user import UserId
from domain.model.storage.store_move import Binding
from domain.ports.database.database_copy import CopySession, DatabaseCopy
from kit.fixtures.adapters import Database, sql_database
from kit.fixtures.repositories import LATER, a_user, stored
from kit.servers.postgres import Postgres, upgraded

pytestmark = pytest.mark.anyio

KINDS = [("sqlite", "sqlite"), ("sqlite", "postgres"), ("postgres", "sqlite"), ("postgres", "postgres")]


@dataclass
class Pair:
    copy: DatabaseCopy
    source: Database
    target_url: str


@pytest.fixture(params=KINDS, ids=" to ".join)
async def pair(
    request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str, postgres: Postgres
) -> AsyncIterator[Pair]:
    source, target = [
        f"sqlite+aiosqlite:///{tmp_path / str(place)}.sqlite3" if kind == "sqlite" else await postgres.database()
        for place, kind in enumerate(request.param)
    ]
    await upgraded(source)
    engine = make_engine(parse_database_url(source))
    copy = SqlDatabaseCopy.to(engine, parse_database_url(source), target)
    async with sql_database(source) as database:
        ada = await a_user(database)
        await stored(database, ada, "a.jpg", "b.jpg", "c.jpg")
        async with database.units.writing() as unit:
            await unit.store_binding.write(Binding("ours"))
            await unit.commit()
        yield Pair(copy, database, target)
    await copy.close()
    await engine.dispose()


async def put(copy: DatabaseCopy, session: CopySession, *, dry_run: bool = False) -> int:
    """Copy all tables in their order. Returns the number of rows."""
    changed = 0
    for table in copy.tables:
        async with aclosing(session.put(table, dry_run=dry_run)) as batches:
            changed += sum([batch.put async for batch in batches])
    return changed


async def removed(copy: DatabaseCopy, session: CopySession) -> int:
    changed = 0
    for table in reversed(copy.tables):
        async with aclosing(session.remove(table, dry_run=False)) as removals:
            changed += sum([number async for number in removals])
    return changed


async def test_looking_for_the_target_does_not_create_it(pair: Pair) -> None:
    for _ in range(2):
        assert await pair.copy.is_target_absent()
    with pytest.raises(SchemaOutdated):
        await pair.copy.check_target()
    await pair.copy.prepare_target()
    await pair.copy.check_target()
    assert not await pair.copy.is_target_absent()
    async with pair.copy.session() as session:
        history = await session.history()
        assert (history.is_empty, history.mark) == (True, None)
        assert all(each.rows == 0 for each in (await session.sums()).values())


async def test_copied_rows_have_the_checksums_of_the_source(pair: Pair) -> None:
    await pair.copy.prepare_target()
    counts = await pair.copy.count()
    assert list(counts) == list(pair.copy.tables)
    assert (counts["users"], counts["images"], counts["variants"]) == (1, 3, 6)
    async with pair.copy.session() as session:
        assert await put(pair.copy, session, dry_run=True) == sum(counts.values())
        assert all(each.rows == 0 for each in (await session.sums()).values()), "a dry run changes nothing"
        compared = {}
        for table in pair.copy.tables:
            async with aclosing(session.put(table, dry_run=False)) as batches:
                compared[table] = [batch.compared async for batch in batches]
        sums = await session.sums()
        assert {table: each.rows for table, each in sums.items()} == dict(counts)
        assert sums["images"] == compared["images"][0]
        assert await put(pair.copy, session) == 0


async def test_a_session_sees_the_source_as_it_was_at_its_beginning(pair: Pair) -> None:
    await pair.copy.prepare_target()
    async with pair.copy.session() as session:
        await session.history()  # the first look
        (user,) = await users_of(pair.source)
        await stored(pair.source, user, "late.jpg")
        await put(pair.copy, session)
        assert (await session.sums())["images"].rows == 3


async def users_of(database: Database) -> list[UserId]:
    async with database.units.reading() as unit:
        return [user.id for user in await unit.users.list()]


async def test_rows_that_differ_from_the_source_are_updated_or_removed(pair: Pair) -> None:
    await pair.copy.prepare_target()
    async with pair.copy.session() as session:
        await put(pair.copy, session)
    async with pair.source.units.writing() as unit:
        (ada,) = await unit.users.list()
        first, second, _ = [await unit.images.get(id) for id in await unit.images.some_of(ada.id, limit=3)]
        await unit.images.save(replace(first, updated_at=LATER))
        await unit.images.remove(second)
        await unit.users.save(replace(ada, password_hash="new"))
        await unit.commit()
    async with pair.copy.session() as session:
        assert await removed(pair.copy, session) > 0
        assert (await session.sums())["images"].rows == 1
        assert (await session.sums())["users"].rows == 1, "rows that others refer to are updated, not replaced"
        await put(pair.copy, session)
        assert (await session.sums())["images"].rows == 2
        assert await put(pair.copy, session) == 0


async def test_the_target_continues_the_ids_of_the_source(pair: Pair) -> None:
    await pair.copy.prepare_target()
    async with pair.source.units.writing() as unit:
        (ada,) = await unit.users.list()
        last = max(await unit.images.some_of(ada.id, limit=3))
        await unit.images.remove(await unit.images.get(last))
        await unit.commit()
    async with pair.copy.session() as session:
        await put(pair.copy, session)
        await session.continue_ids()
    async with sql_database(pair.target_url) as target:
        (there,) = await stored(target, ada.id, "new.jpg")
    (here,) = await stored(pair.source, ada.id, "new.jpg")
    assert there.id == here.id == last + 1


async def test_a_target_keeps_its_mark_and_names_its_source(pair: Pair) -> None:
    await pair.copy.prepare_target()
    for mark in ("", "finished"):
        async with pair.copy.session() as session:
            await session.record(mark)
            assert (await session.history()).mark == mark
    async with pair.copy.session() as session:
        await put(pair.copy, session)
        history = await session.history()
        assert (history.is_empty, history.is_of_same_installation) == (False, True)
    async with sql_database(pair.target_url) as target, target.units.writing() as unit:
        await unit.store_binding.write(Binding("theirs"))
        await unit.commit()
    async with pair.copy.session() as session:
        assert not (await session.history()).is_of_same_installation
