"""The contract of Maintenance, and of units of work during it, on every database."""

import asyncio
from datetime import datetime, timedelta

import pytest

from domain.errors import ReadOnly
from domain.use_cases.maintenance import BeginMaintenance, CheckWritable, EndMaintenance, ShowMaintenance
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON, SetClock, a_draft
from kit.fixtures.repositories import KEY, LATER, a_user

pytestmark = pytest.mark.anyio


async def begin(database: Database, at: datetime = NOON) -> datetime:
    clock = SetClock()
    clock.at = at
    return await BeginMaintenance(database.units, clock)()


async def check_nothing_is_written(database: Database) -> None:
    with pytest.raises(ReadOnly):
        await CheckWritable(database.units)()
    with pytest.raises(ReadOnly):
        async with database.units.writing():
            raise AssertionError("this may write")


async def test_nothing_is_written_until_it_ends(database: Database) -> None:
    assert await ShowMaintenance(database.units)() is None
    await CheckWritable(database.units)()
    user = await a_user(database)
    for _ in range(2):
        assert await begin(database) == NOON
        for _ in range(2):
            await check_nothing_is_written(database)
        assert await ShowMaintenance(database.units)() == NOON
        async with database.units.reading() as unit:
            assert await unit.images.count(user) == 0
            assert [each.id for each in await unit.users.list()] == [user]
        await EndMaintenance(database.units)()
        assert await ShowMaintenance(database.units)() is None
        await CheckWritable(database.units)()
    await a_user(database, "bob")


async def test_the_first_beginning_counts_and_ending_twice_does_no_harm(database: Database) -> None:
    assert await begin(database) == NOON
    assert await begin(database, LATER) == NOON
    for _ in range(2):
        await EndMaintenance(database.units)()
    assert await begin(database, LATER + timedelta(seconds=1)) == LATER + timedelta(seconds=1)


async def test_it_begins_when_those_that_write_have_ended(database: Database) -> None:
    user = await a_user(database)
    async with database.units.writing() as unit:
        await unit.images.add(a_draft(user))
        beginning = asyncio.create_task(begin(database))
        await asyncio.sleep(0.3)
        assert not beginning.done()
        await unit.commit()
    await beginning
    async with database.units.reading() as unit:
        assert await unit.images.count(user) == 1
    await check_nothing_is_written(database)


async def test_of_many_writers_at_that_moment_none_writes_after_it_began(database: Database) -> None:
    users = [await a_user(database, f"user {number}") for number in range(12)]
    refused: list[object] = []

    async def write(number: int) -> None:
        try:
            async with database.units.writing() as unit:
                await unit.images.add(a_draft(users[number], key=f"{number:032d}"))
                await unit.commit()
        except ReadOnly:
            refused.append(number)

    async def stored() -> int:
        async with database.units.reading() as unit:
            return sum([await unit.images.count(user) for user in users])

    writers = [asyncio.create_task(write(number)) for number in range(12)]
    await begin(database)
    there = await stored()
    await asyncio.gather(*writers)
    assert await stored() == there == 12 - len(refused)


async def test_a_unit_of_work_in_maintenance_that_is_left_changes_nothing(database: Database) -> None:
    async with database.units.writing(in_maintenance=True) as unit:
        await unit.maintenance.begin(NOON)
        await unit.ledger.stage(KEY, NOON)
    await CheckWritable(database.units)()
    async with database.units.reading() as unit:
        assert await unit.ledger.is_empty()
