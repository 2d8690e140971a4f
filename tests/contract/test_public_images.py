"""What anyone may look up, on every database: the image that has a slug."""

from dataclasses import replace
from datetime import datetime

import pytest

from domain.errors import ImageNotFound
from domain.model.access.user import User
from domain.model.images.details import ImageDetails, Slug
from domain.model.images.image import Image
from kit.fixtures.adapters import Database
from kit.fixtures.entities import a_made_variant
from kit.fixtures.repositories import LATER, a_user, stored

pytestmark = pytest.mark.anyio

SLUG, OTHER = Slug("s" * 22), Slug("o" * 22)


async def saved(database: Database, image: Image) -> Image:
    async with database.units.writing() as unit:
        image = await unit.images.save(image)
        await unit.commit()
    return image


async def a_public_image(database: Database) -> Image:
    image, other = await stored(database, await a_user(database), "a.jpg", "b.jpg")
    await saved(database, other.described(ImageDetails(slug=OTHER)))
    return await saved(database, image.described(ImageDetails(slug=SLUG)))


async def check_unknown(database: Database, slug: Slug) -> None:
    with pytest.raises(ImageNotFound):
        await database.lookups.public_image(slug)


async def test_it_is_found_by_its_slug(database: Database) -> None:
    await check_unknown(database, SLUG)
    image = await a_public_image(database)
    for _ in range(2):
        assert await database.lookups.public_image(SLUG) == image
        assert (await database.lookups.public_image(OTHER)).details.slug == OTHER
        await check_unknown(database, Slug("S" * 22))


async def test_it_is_found_as_it_was_last_saved(database: Database) -> None:
    image = await a_public_image(database)
    assert await database.lookups.public_image(SLUG) == image
    image = await saved(database, image.with_variant(image.variant("small").ready(a_made_variant("c" * 32))))
    assert await database.lookups.public_image(SLUG) == image


async def test_the_variants_that_are_pending_are_as_they_were_last_claimed(database: Database) -> None:
    await a_public_image(database)
    assert (await database.lookups.public_image(SLUG)).variant("small").due < LATER
    async with database.units.writing() as unit:
        await unit.variant_jobs.claim(at=LATER, until=LATER, limit=9)
        await unit.commit()
    assert (await database.lookups.public_image(SLUG)).variant("small").due == LATER


async def test_a_slug_that_an_image_has_no_longer_finds_nothing(database: Database) -> None:
    image = await a_public_image(database)
    await database.lookups.public_image(SLUG)
    image = await saved(database, image.described(ImageDetails()))
    await check_unknown(database, SLUG)
    again = Slug("t" * 22)
    image = await saved(database, image.described(ImageDetails(slug=again)))
    await check_unknown(database, SLUG)
    assert await database.lookups.public_image(again) == image
    async with database.units.writing() as unit:
        await unit.images.remove(image)
        await unit.commit()
    await check_unknown(database, again)


async def test_images_of_a_disabled_user_are_not_found(database: Database) -> None:
    image = await a_public_image(database)
    for at in (LATER, None):
        await disable(database, await the_user(database), at)
        if at is None:
            assert await database.lookups.public_image(SLUG) == image
        else:
            await check_unknown(database, SLUG)


async def the_user(database: Database) -> User:
    async with database.units.reading() as unit:
        (user,) = await unit.users.list()
    return user


async def disable(database: Database, user: User, at: datetime | None) -> None:
    async with database.units.writing() as unit:
        await unit.users.save(replace(user, disabled_at=at))
        await unit.commit()
