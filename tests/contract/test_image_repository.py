"""The laws of ImageRepository, on every database."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.errors import (
    ImageNameTaken,
    ImageNotFound,
    StaleImage,
)
from domain.model.naming import ImageId, ImageName, ImageReference
from domain.model.page import Cursor, Direction, PageRequest
from registry import Database
from remembered import LATER, a_user, found, stored
from worlds import SPECS, a_draft, a_print, an_original

pytestmark = pytest.mark.anyio


async def test_a_picture_is_found_as_it_was_added(database: Database) -> None:
    owner = await a_user(database)
    (image,) = await stored(database, owner, "sample.jpg")
    async with database.units.reading() as unit:
        assert await unit.images.get(image.id) == image
        assert await unit.images.find(owner, ImageReference(id=image.id)) == image
        assert await unit.images.find(owner, ImageReference(name=ImageName("sample.jpg"))) == image
    assert await database.lookups.image(owner, ImageReference(id=image.id)) == image
    assert await database.lookups.image(owner, ImageReference(name=image.name)) == image


async def test_somebody_elses_picture_is_as_absent_as_none(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    (image,) = await stored(database, ada, "sample.jpg")
    async with database.units.reading() as unit:
        for reference in (ImageReference(id=image.id), ImageReference(name=image.name), ImageReference(id=ImageId(99))):
            with pytest.raises(ImageNotFound):
                await unit.images.find(bob, reference)
            with pytest.raises(ImageNotFound):
                await database.lookups.image(bob, reference)


async def test_a_name_is_unique_for_its_owner_only(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    await stored(database, ada, "sample.jpg")
    await stored(database, bob, "sample.jpg")
    async with database.units.writing() as unit:
        assert await unit.images.is_name_taken(ada, ImageName("sample.jpg"))
        assert not await unit.images.is_name_taken(ada, ImageName("Sample.jpg"))
        with pytest.raises(ImageNameTaken):
            await unit.images.add(a_draft(ada, "sample.jpg", key="other"))


async def test_a_saved_picture_has_its_new_state_and_a_new_version(database: Database) -> None:
    owner = await a_user(database)
    (image,) = await stored(database, owner, "sample.jpg")
    changed = image.replaced(name=ImageName("other.jpg"), original=an_original("b" * 32), specs=SPECS, at=LATER)
    changed = changed.with_variant(changed.variant("small").ready(a_print("c" * 32)))
    async with database.units.writing() as unit:
        saved = await unit.images.save(changed)
        await unit.commit()
    assert saved == replace(changed, version=image.version + 1)
    assert await found(database, image) == saved
    assert await database.lookups.image(owner, ImageReference(id=image.id)) == saved


async def test_saving_or_removing_what_changed_meanwhile_is_refused(database: Database) -> None:
    owner = await a_user(database)
    (image,) = await stored(database, owner, "sample.jpg")
    async with database.units.writing() as unit:
        await unit.images.save(image)
        await unit.commit()
    async with database.units.writing() as unit:
        with pytest.raises(StaleImage):
            await unit.images.save(image)
    async with database.units.writing() as unit:
        with pytest.raises(StaleImage):
            await unit.images.remove(image)


async def test_a_picture_cannot_take_the_name_of_another(database: Database) -> None:
    owner = await a_user(database)
    first, _ = await stored(database, owner, "a.jpg", "b.jpg")
    async with database.units.writing() as unit:
        with pytest.raises(ImageNameTaken):
            await unit.images.save(replace(first, name=ImageName("b.jpg")))


async def test_a_removed_picture_is_gone_and_its_number_never_comes_back(database: Database) -> None:
    owner = await a_user(database)
    _, last = await stored(database, owner, "a.jpg", "b.jpg")
    async with database.units.writing() as unit:
        await unit.images.remove(last)
        await unit.commit()
    (again,) = await stored(database, owner, "b.jpg")
    assert again.id > last.id
    async with database.units.reading() as unit:
        assert await unit.images.count(owner) == 2
        with pytest.raises(ImageNotFound):
            await unit.images.get(last.id)


async def test_pages_lead_through_the_list_and_back(database: Database) -> None:
    owner, other = await a_user(database), await a_user(database, "other")
    await stored(database, other, "x.jpg", "y.jpg")
    ids = [image.id for image in reversed(await stored(database, owner, *(f"{n}.jpg" for n in range(7))))]

    async def page(request: PageRequest) -> tuple[Sequence[int], Cursor | None, Cursor | None, int]:
        async with database.units.reading() as unit:
            page = await unit.images.page(owner, request)
        return [image.id for image in page.items], page.older, page.newer, page.count

    def older(id: int) -> Cursor:
        return Cursor(Direction.OLDER, id)

    def newer(id: int) -> Cursor:
        return Cursor(Direction.NEWER, id)

    assert await page(PageRequest(limit=3)) == (ids[:3], older(ids[2]), None, 7)
    assert await page(PageRequest(limit=3, cursor=older(ids[2]))) == (ids[3:6], older(ids[5]), newer(ids[3]), 7)
    assert await page(PageRequest(limit=3, cursor=older(ids[5]))) == (ids[6:], None, newer(ids[6]), 7)
    assert await page(PageRequest(limit=3, cursor=newer(ids[6]))) == (ids[3:6], older(ids[5]), newer(ids[3]), 7)
    assert await page(PageRequest(limit=3, cursor=newer(ids[3]))) == (ids[:3], older(ids[2]), None, 7)
    assert await page(PageRequest(limit=7)) == (ids, None, None, 7)
    assert await page(PageRequest(limit=3, offset=5)) == (ids[5:], None, newer(ids[5]), 7)
    assert await page(PageRequest(limit=3, offset=2**63 - 1)) == ([], None, None, 7)
    async with database.units.writing() as unit:
        await unit.images.remove(await unit.images.get(ImageId(ids.pop())))
        await unit.commit()
    assert await page(PageRequest(limit=6, cursor=newer(0))) == (ids, None, None, 6)
    assert await page(PageRequest(limit=2, cursor=newer(ids[2]))) == (ids[:2], older(ids[1]), None, 6)
    assert await page(PageRequest(limit=3, cursor=older(0))) == ([], None, None, 6)
    assert await page(PageRequest(limit=3, cursor=newer(2**63 - 1))) == ([], None, None, 6)


async def test_a_page_shows_each_picture_with_its_variants(database: Database) -> None:
    owner = await a_user(database)
    images = await stored(database, owner, "a.jpg", "b.jpg")
    async with database.units.reading() as unit:
        page = await unit.images.page(owner, PageRequest())
    assert [image.id for image in page.items] == [images[1].id, images[0].id]
    assert all({variant.name for variant in image.variants} == {"small", "medium"} for image in page.items)
