"""The contract of LogInMarks, on every database."""

import asyncio
from datetime import datetime, timedelta

import pytest

from domain.model.access.log_in_policy import Mark, MarkKind, Pseudonym
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


def a_mark(number: int, kind: MarkKind = MarkKind.NAME) -> Mark:
    return Mark(kind, Pseudonym(number.to_bytes(16)))


FIRST, OTHER = a_mark(1), a_mark(2)
SAME_OF_ANOTHER_KIND = a_mark(1, MarkKind.ADDRESS)
ALL = (FIRST, OTHER, SAME_OF_ANOTHER_KIND)


async def write(database: Database, **marks: dict[Mark, datetime]) -> None:
    async with database.units.writing() as unit:
        for each in marks.values():
            await unit.log_in_marks.lock(each, NOON)
            await unit.log_in_marks.write(each)
        await unit.commit()


async def found(database: Database, *marks: Mark) -> dict[Mark, datetime]:
    async with database.units.reading() as unit:
        return dict(await unit.log_in_marks.read(marks))


async def test_what_is_written_is_read_by_kind_and_pseudonym(database: Database) -> None:
    await write(database, marks={FIRST: NOON + SECOND, SAME_OF_ANOTHER_KIND: NOON})
    assert await found(database, *ALL) == {FIRST: NOON + SECOND, SAME_OF_ANOTHER_KIND: NOON}
    await write(database, marks={FIRST: NOON})
    assert await found(database, FIRST) == {FIRST: NOON}


async def test_a_lock_tells_what_there_is_and_makes_what_there_is_not(database: Database) -> None:
    await write(database, marks={FIRST: NOON + SECOND})
    async with database.units.writing() as unit:
        assert await unit.log_in_marks.lock(ALL, NOON) == {FIRST: NOON + SECOND} | dict.fromkeys(ALL[1:], NOON)
        await unit.commit()
    assert await found(database, *ALL) == {FIRST: NOON + SECOND} | dict.fromkeys(ALL[1:], NOON)


async def test_without_a_commit_no_mark_is_made_or_changed(database: Database) -> None:
    await write(database, marks={FIRST: NOON})
    async with database.units.writing() as unit:
        await unit.log_in_marks.lock(ALL, NOON)
        await unit.log_in_marks.write({FIRST: NOON + SECOND})
    assert await found(database, *ALL) == {FIRST: NOON}


async def test_no_change_is_lost_when_many_lock_the_same_marks(database: Database) -> None:
    async def add(*marks: Mark) -> None:
        async with database.units.writing() as unit:
            until = await unit.log_in_marks.lock(marks, NOON)
            await asyncio.sleep(0)
            await unit.log_in_marks.write({mark: at + SECOND for mark, at in until.items()})
            await unit.commit()

    await asyncio.gather(*(add(*(ALL if number % 2 else reversed(ALL))) for number in range(40)))
    assert await found(database, *ALL) == dict.fromkeys(ALL, NOON + 40 * SECOND)


async def test_a_forgotten_mark_is_gone_and_others_stay(database: Database) -> None:
    await write(database, marks=dict.fromkeys(ALL, NOON))
    async with database.units.writing() as unit:
        await unit.log_in_marks.forget(FIRST)
        await unit.log_in_marks.forget(a_mark(9))
        await unit.commit()
    assert set(await found(database, *ALL)) == {OTHER, SAME_OF_ANOTHER_KIND}


async def test_a_sweep_removes_what_is_over_and_bounds_each_kind(database: Database) -> None:
    over, names = a_mark(0), [a_mark(number) for number in range(1, 8)]
    await write(
        database,
        names={over: NOON} | {mark: NOON + number * SECOND for number, mark in enumerate(names, 1)},
        addresses={SAME_OF_ANOTHER_KIND: NOON + SECOND},
    )
    async with database.units.writing() as unit:
        await unit.log_in_marks.sweep(NOON, most=7)
        await unit.commit()
    assert set(await found(database, over, *names)) == set(names)
    async with database.units.writing() as unit:
        await unit.log_in_marks.sweep(NOON, most=3)
        await unit.commit()
    assert set(await found(database, *names, SAME_OF_ANOTHER_KIND)) == {*names[-3:], SAME_OF_ANOTHER_KIND}
