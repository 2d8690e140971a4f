"""The contract of SubmissionRepository, on every database."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import SubmissionKeyTaken
from domain.model.access.user import UserId
from domain.model.images.naming import ImageId
from domain.model.images.submission import IdempotencyMark, Submission, SubmissionKey
from domain.model.storage.blob import Digest
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON
from kit.fixtures.repositories import LATER, a_user, stored

pytestmark = pytest.mark.anyio

KEY = SubmissionKey("~" * 255)
FINGERPRINT = IdempotencyMark.of(KEY, Digest("d" * 64), "caf\u00e9.png").fingerprint
FIRST = Submission(key=KEY, fingerprint=FINGERPRINT, image=ImageId(2**40), at=NOON)
SECOND = replace(FIRST, key=SubmissionKey("!"), at=LATER)


async def add(database: Database, user: UserId, *submissions: Submission) -> None:
    async with database.units.writing() as unit:
        for submission in submissions:
            await unit.submissions.add(user, submission)
        await unit.commit()


async def found(database: Database, user: UserId) -> list[Submission | None]:
    async with database.units.reading() as unit:
        return [await unit.submissions.find(user, each.key) for each in (FIRST, SECOND)]


async def test_a_submission_is_found_by_user_and_key(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    await add(database, ada, FIRST, SECOND)
    assert await found(database, ada) == [FIRST, SECOND]
    assert await found(database, bob) == [None, None]
    await add(database, bob, replace(FIRST, image=ImageId(1)))
    assert await found(database, ada) == [FIRST, SECOND]


async def test_keys_are_case_sensitive(database: Database) -> None:
    ada = await a_user(database)
    lower, upper = (replace(FIRST, key=SubmissionKey(key)) for key in ("key", "KEY"))
    await add(database, ada, lower, upper)
    async with database.units.reading() as unit:
        assert await unit.submissions.find(ada, upper.key) == upper


async def test_a_key_is_unique_and_the_second_unit_of_work_is_rolled_back(database: Database) -> None:
    ada = await a_user(database)
    (image,) = await stored(database, ada, "a.jpg")
    await add(database, ada, FIRST)
    async with database.units.writing() as unit:
        await unit.images.remove(image)
        with pytest.raises(SubmissionKeyTaken):
            await unit.submissions.add(ada, replace(FIRST, image=ImageId(1)))
    assert await found(database, ada) == [FIRST, None]
    async with database.units.reading() as unit:
        assert await unit.images.count(ada) == 1


async def test_concurrent_submissions_under_one_key_are_stored_once(database: Database) -> None:
    ada = await a_user(database)
    tries = [add(database, ada, replace(FIRST, image=ImageId(number))) for number in range(6)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(each) for each in outcomes if each is not None] == [SubmissionKeyTaken] * 5
    (winner,) = (ImageId(number) for number, outcome in enumerate(outcomes) if outcome is None)
    assert await found(database, ada) == [replace(FIRST, image=winner), None]


async def test_old_submissions_are_removed_and_their_keys_are_free_in_the_same_unit(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    await add(database, ada, FIRST, SECOND)
    await add(database, bob, FIRST)
    async with database.units.writing() as unit:
        await unit.submissions.expire(before=NOON)
        await unit.commit()
    assert await found(database, ada) == [FIRST, SECOND]
    renewed = replace(FIRST, at=LATER)
    async with database.units.writing() as unit:
        await unit.submissions.expire(before=NOON + timedelta(microseconds=1))
        await unit.submissions.add(ada, renewed)
        await unit.commit()
    assert await found(database, ada) == [renewed, SECOND]
    assert await found(database, bob) == [None, None]


async def test_the_submissions_of_a_removed_user_are_removed(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    for user in (ada, bob):
        await add(database, user, FIRST)
    async with database.units.writing() as unit:
        await unit.users.remove(ada)
        await unit.commit()
    assert await found(database, ada) == [None, None]
    assert await found(database, bob) == [FIRST, None]


async def test_those_of_one_image_are_forgotten(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    other = replace(SECOND, image=ImageId(1))
    await add(database, ada, FIRST, other)
    await add(database, bob, SECOND)
    async with database.units.writing() as unit:
        await unit.submissions.forget(FIRST.image)
        await unit.commit()
    assert await found(database, ada) == [None, other]
    assert await found(database, bob) == [None, None]
