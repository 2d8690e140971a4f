"""The laws of VariantJobs, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.model.naming import ImageId
from domain.model.variant import Variant, VariantState
from domain.ports.repositories import VariantTally
from registry import Database
from remembered import a_user, found, stored
from worlds import NOON, a_print

pytestmark = pytest.mark.anyio


async def claim(database: Database, *, minutes: float = 0, limit: int = 10) -> list[ImageId]:
    at = NOON + timedelta(minutes=minutes)
    async with database.units.writing() as unit:
        expected = await unit.variant_jobs.is_any_due(at)
        jobs = await unit.variant_jobs.claim(at=at, until=at + timedelta(minutes=1), limit=limit)
        await unit.commit()
    assert bool(jobs) == expected
    return [job.image for job in jobs]


async def test_a_claimed_picture_is_not_claimed_again_before_its_lease_ends(database: Database) -> None:
    owner = await a_user(database)
    (image,) = await stored(database, owner, "a.jpg")
    assert await claim(database) == [image.id]
    assert await claim(database) == []
    assert await claim(database, minutes=1) == [image.id]
    assert [variant.attempts for variant in (await found(database, image)).variants] == [2, 2]


async def test_the_longest_due_comes_first_and_no_more_than_asked_for(database: Database) -> None:
    owner = await a_user(database)
    images = await stored(database, owner, "a.jpg", "b.jpg", "c.jpg")
    for image, minutes in zip(images, (2, 1, 3), strict=True):
        waiting = replace(image, variants=(Variant.pending("small", NOON + timedelta(minutes=minutes)),))
        async with database.units.writing() as unit:
            await unit.images.save(waiting)
            await unit.commit()
    assert await claim(database, minutes=5, limit=2) == [images[1].id, images[0].id]
    assert await claim(database, minutes=5, limit=2) == [images[2].id]


async def test_a_lease_can_be_extended_while_the_work_goes_on(database: Database) -> None:
    owner = await a_user(database)
    (image,) = await stored(database, owner, "a.jpg")
    async with database.units.writing() as unit:
        (job,) = await unit.variant_jobs.claim(at=NOON, until=NOON + timedelta(minutes=1), limit=1)
        await unit.variant_jobs.extend(job, NOON + timedelta(minutes=9))
        await unit.commit()
    assert job.original == image.original.key
    assert await claim(database, minutes=5) == []


async def test_what_is_ready_or_failed_is_no_work(database: Database) -> None:
    owner = await a_user(database)
    (image,) = await stored(database, owner, "a.jpg")
    image = image.with_variant(image.variant("small").ready(a_print("c" * 32)))
    image = image.with_variant(replace(image.variant("medium"), state=VariantState.FAILED, failure="bad"))
    async with database.units.writing() as unit:
        await unit.images.save(image)
        await unit.commit()
    assert await claim(database) == []
    async with database.units.reading() as unit:
        assert await unit.variant_jobs.tally() == VariantTally(pending=0, ready=1, failed=1)
