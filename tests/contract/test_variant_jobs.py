"""The contract of VariantJobs, on every database, in addition to that of JobSource."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.model.images.naming import ImageId
from domain.model.images.variant import Variant, VariantSpec, VariantState, pending_variants
from domain.model.jobs.job import JobDraft
from domain.ports.database.job_sources import VariantTally
from domain.use_cases.jobs.find_oldest_job import FindOldestJob
from kit.fixtures.adapters import Database
from kit.fixtures.entities import MEDIUM, NOON, SMALL, SetClock, a_made_variant
from kit.fixtures.job_sources import COUNT
from kit.fixtures.repositories import a_user, found, stored

pytestmark = pytest.mark.anyio


async def claim(database: Database, *, minutes: float = 0, limit: int = 10) -> list[int]:
    at = NOON + timedelta(minutes=minutes)
    async with database.units.writing() as unit:
        expected = await unit.variant_jobs.is_any_due(at)
        jobs = await unit.variant_jobs.claim(at=at, until=at + timedelta(minutes=1), limit=limit)
        await unit.commit()
    assert bool(jobs) == expected
    return [job.id for job in jobs]


async def test_all_due_variants_of_an_image_are_one_job(database: Database) -> None:
    user = await a_user(database)
    (image,) = await stored(database, user, "a.jpg")
    assert await claim(database) == [image.id]
    assert await claim(database) == []
    assert await claim(database, minutes=1) == [image.id]
    assert [variant.attempts for variant in (await found(database, image)).variants] == [2, 2]


async def test_ready_and_failed_variants_are_not_claimed(database: Database) -> None:
    user = await a_user(database)
    (image,) = await stored(database, user, "a.jpg")
    image = image.with_variant(image.variant("small").ready(a_made_variant("c" * 32)))
    image = image.with_variant(replace(image.variant("medium"), state=VariantState.FAILED, failure="bad"))
    async with database.units.writing() as unit:
        await unit.images.save(image)
        await unit.commit()
    assert await claim(database) == []
    async with database.units.reading() as unit:
        assert await unit.variant_jobs.tally() == VariantTally(pending=0, ready=1, failed=1)


async def test_unfinished_variants_are_listed_longest_due_first(database: Database) -> None:
    user = await a_user(database)
    first, second = await stored(database, user, "a.jpg", "b.jpg")
    first = first.with_variant(first.variant("small").ready(a_made_variant("c" * 32)))
    first = first.with_variant(replace(first.variant("medium"), state=VariantState.FAILED, failure="bad"))
    later = replace(second.variant("small"), due=NOON - timedelta(minutes=1))
    async with database.units.writing() as unit:
        await unit.images.save(first)
        await unit.images.save(second.with_variant(later))
        await unit.commit()
    async with database.units.reading() as unit:
        both = await unit.variant_jobs.unfinished(
            states=frozenset({VariantState.PENDING, VariantState.FAILED}), limit=10
        )
        failed = await unit.variant_jobs.unfinished(states=frozenset({VariantState.FAILED}), limit=10)
    assert [(each.image, each.variant.name) for each in both] == [
        (second.id, "small"), (first.id, "medium"), (second.id, "medium"),
    ]  # fmt: skip
    assert [(each.image_name, each.user, each.variant.failure) for each in failed] == [("a.jpg", user, "bad")]


async def test_images_whose_variants_differ_from_the_declared_ones_are_found(database: Database) -> None:
    user = await a_user(database)
    images = await stored(database, user, "a.jpg", "b.jpg", "c.jpg")
    taller, large = VariantSpec("small", 120), VariantSpec("large", 1200)
    variants = {
        "as declared": (SMALL, MEDIUM),
        "changed": (taller, MEDIUM),
        "more": (SMALL, MEDIUM, large),
    }
    async with database.units.writing() as unit:
        for image, specs in zip(images, variants.values(), strict=True):
            await unit.images.save(replace(image, variants=pending_variants(specs, NOON)))
        await unit.commit()

    async def unlike(*specs: VariantSpec, after: int = 0, limit: int = 10) -> tuple[list[ImageId], ImageId | None]:
        async with database.units.reading() as unit:
            different, last = await unit.variant_jobs.unlike(specs, after=ImageId(after), limit=limit)
        return list(different), last

    as_declared, changed, more = (image.id for image in images)
    assert await unlike(SMALL, MEDIUM) == ([changed, more], more)
    assert await unlike(MEDIUM, SMALL, limit=2) == ([changed], changed)
    assert await unlike(SMALL, MEDIUM, after=changed) == ([more], more)
    assert await unlike(SMALL, MEDIUM, after=more) == ([], None)
    assert await unlike() == ([as_declared, changed, more], more)
    async with database.units.reading() as unit:
        count, census = await unit.variant_jobs.census()
    assert count == 3
    assert census == {
        ("small", SMALL.recipe): 2, ("small", taller.recipe): 1, ("medium", MEDIUM.recipe): 3, ("large", large.recipe): 1,
    }  # fmt: skip


async def test_a_variant_keeps_its_old_recipe_until_it_is_made_again(database: Database) -> None:
    user = await a_user(database)
    (image,) = await stored(database, user, "a.jpg")
    shown = a_made_variant("c" * 32)
    changed = replace(image, variants=(Variant.pending(VariantSpec("small", 120), NOON, shown),))
    async with database.units.writing() as unit:
        await unit.images.save(changed)
        await unit.commit()
    (variant,) = (await found(database, image)).variants
    assert (variant.state, variant.made, variant.spec.height) == (VariantState.PENDING, shown, 120)


async def test_the_age_of_the_oldest_job_is_that_of_the_one_that_is_due_for_longest(database: Database) -> None:
    clock = SetClock()
    oldest = FindOldestJob(database.units, clock)
    assert await oldest() == timedelta()
    (image,) = await stored(database, await a_user(database), "a.jpg")
    clock.advance(minutes=5)
    assert await oldest() == timedelta(minutes=5)
    async with database.units.writing() as unit:
        await unit.jobs.add(JobDraft(kind=COUNT, payload="1", created_at=NOON - timedelta(minutes=1)))
        await unit.commit()
    assert await oldest() == timedelta(minutes=6)
    async with database.units.writing() as unit:
        await unit.jobs.of(frozenset({COUNT})).claim(at=clock.now(), until=clock.now() + timedelta(minutes=1), limit=1)
        await unit.commit()
    assert await oldest() == timedelta(minutes=5)
    assert await claim(database, minutes=5) == [image.id]
    assert await oldest() == timedelta()
