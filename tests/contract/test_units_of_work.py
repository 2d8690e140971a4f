"""The contract of units of work, on every database."""

import asyncio

import pytest

from domain.errors import (
    ImageNotFound,
)
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON, a_draft
from kit.fixtures.repositories import KEY, a_user, stored

pytestmark = pytest.mark.anyio


async def test_without_a_commit_nothing_is_changed(database: Database) -> None:
    user = await a_user(database)
    async with database.units.writing() as unit:
        image = await unit.images.add(a_draft(user))
        await unit.ledger.stage(KEY, NOON)
    async with database.units.reading() as unit:
        assert await unit.ledger.is_empty()
        assert await unit.images.count(user) == 0
        with pytest.raises(ImageNotFound):
            await unit.images.get(image.id)


async def test_an_error_rolls_everything_back(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.units.writing() as unit:
            await unit.ledger.stage(KEY, NOON)
            raise RuntimeError
    async with database.units.reading() as unit:
        assert await unit.ledger.find(KEY) is None


async def test_changes_of_a_reading_unit_are_rolled_back(database: Database) -> None:
    async with database.units.reading() as unit:
        await unit.ledger.stage(KEY, NOON)
    async with database.units.reading() as unit:
        assert await unit.ledger.is_empty()


async def test_a_reader_sees_one_snapshot_while_others_write(database: Database) -> None:
    user = await a_user(database)
    async with database.units.reading() as reader:
        assert await reader.images.count(user) == 0
        await stored(database, user, "a.jpg")
        assert await reader.images.count(user) == 0
        assert not await reader.images.some_of(user, limit=1)


async def test_writers_take_turns_and_lose_nothing(database: Database) -> None:
    user = await a_user(database)

    async def write(number: int) -> None:
        async with database.units.writing() as unit:
            await unit.images.add(a_draft(user, f"{number}.jpg", key=str(number)))
            await asyncio.sleep(0)
            await unit.commit()

    await asyncio.gather(*(write(number) for number in range(40)))
    async with database.units.reading() as unit:
        assert await unit.images.count(user) == 40


async def test_a_cancelled_writer_releases_its_lock(database: Database) -> None:
    entered = asyncio.Event()

    async def dawdle() -> None:
        async with database.units.writing() as unit:
            await unit.ledger.stage(KEY, NOON)
            entered.set()
            await asyncio.sleep(60)

    dawdler = asyncio.create_task(dawdle())
    await entered.wait()
    dawdler.cancel()
    await asyncio.gather(dawdler, return_exceptions=True)
    async with asyncio.timeout(5), database.units.writing() as unit:
        assert await unit.ledger.is_empty()
