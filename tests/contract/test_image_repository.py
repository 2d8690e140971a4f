"""The contract of ImageRepository, on every database."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.errors import (
    ImageNameTaken,
    ImageNotFound,
    StaleImage,
)
from domain.model.access.user import UserId
from domain.model.images.details import NO_DETAILS, ImageDetails
from domain.model.images.image import Image, ImageDraft, StoredUpload
from domain.model.images.naming import ImageId, ImageName, ImageReference
from domain.model.pixels.media import ImageFacts, ImageFormat
from domain.model.storage.blob import Digest
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON, SPECS, a_draft, a_made_variant, an_original
from kit.fixtures.repositories import LATER, a_user, found, stored

pytestmark = pytest.mark.anyio

UPLOAD, OTHER_UPLOAD = Digest("e" * 64), Digest("f" * 64)
LARGE_JPEG = ImageFacts(format=ImageFormat.JPEG, width=640, height=480)


async def test_an_image_is_found_as_it_was_added(database: Database) -> None:
    user = await a_user(database)
    (image,) = await stored(database, user, "sample.jpg")
    async with database.units.reading() as unit:
        assert await unit.images.get(image.id) == image
        assert await unit.images.find(user, ImageReference(id=image.id)) == image
        assert await unit.images.find(user, ImageReference(name=ImageName("sample.jpg"))) == image
    assert await database.lookups.image(user, ImageReference(id=image.id)) == image
    assert await database.lookups.image(user, ImageReference(name=image.name)) == image


async def test_an_image_of_another_user_is_not_found(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    (image,) = await stored(database, ada, "sample.jpg")
    async with database.units.reading() as unit:
        for reference in (ImageReference(id=image.id), ImageReference(name=image.name), ImageReference(id=ImageId(99))):
            with pytest.raises(ImageNotFound):
                await unit.images.find(bob, reference)
            with pytest.raises(ImageNotFound):
                await database.lookups.image(bob, reference)


async def test_an_image_is_found_by_the_name_that_was_sent(database: Database) -> None:
    user, other = await a_user(database), await a_user(database, "other")
    reference = ImageReference.parse("photo.heic")
    async with database.units.writing() as unit:
        image = await unit.images.add(replace(a_draft(user, "photo.jpg"), sent_name=ImageName("photo.heic")))
        await unit.images.add(a_draft(user, "heic.jpg", key="1" * 32))
        assert await unit.images.find(user, reference) == image
        await unit.commit()
    assert await database.lookups.image(user, reference) == image
    assert await database.lookups.image(user, ImageReference.parse("photo.jpg")) == image
    for stranger, unknown in ((other, reference), (user, ImageReference.parse("heic.heic"))):
        with pytest.raises(ImageNotFound):
            await database.lookups.image(stranger, unknown)


async def test_a_sent_name_is_unique_for_each_user(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    sent = ImageName("photo.heic")
    async with database.units.writing() as unit:
        await unit.images.add(replace(a_draft(ada, "a.jpg"), sent_name=sent))
        await unit.images.add(replace(a_draft(bob, "a.jpg", key="1" * 32), sent_name=sent))
        other = await unit.images.add(a_draft(ada, "b.jpg", key="2" * 32))
        await unit.commit()
    async with database.units.writing() as unit:
        assert await unit.images.is_name_taken(ada, sent)
        with pytest.raises(ImageNameTaken):
            await unit.images.add(replace(a_draft(ada, "c.jpg", key="3" * 32), sent_name=sent))
    async with database.units.writing() as unit:
        with pytest.raises(ImageNameTaken):
            await unit.images.save(replace(other, sent_name=sent))


async def test_a_name_is_unique_for_each_user(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    await stored(database, ada, "sample.jpg")
    await stored(database, bob, "sample.jpg")
    async with database.units.writing() as unit:
        assert await unit.images.is_name_taken(ada, ImageName("sample.jpg"))
        assert not await unit.images.is_name_taken(ada, ImageName("Sample.jpg"))
        with pytest.raises(ImageNameTaken):
            await unit.images.add(a_draft(ada, "sample.jpg", key="other"))


async def test_a_saved_image_has_its_new_state_and_a_new_version(database: Database) -> None:
    user = await a_user(database)
    (image,) = await stored(database, user, "sample.jpg")
    changed = image.replaced(
        name=ImageName("other.jpg"),
        sent_name=ImageName("other.heic"),
        upload=StoredUpload(an_original("b" * 32), LARGE_JPEG),
        specs=SPECS,
        at=LATER,
    )
    changed = changed.with_variant(changed.variant("small").ready(a_made_variant("c" * 32)))
    async with database.units.writing() as unit:
        saved = await unit.images.save(changed)
        await unit.commit()
    assert saved == replace(changed, version=image.version + 1)
    assert await found(database, image) == saved
    assert await database.lookups.image(user, ImageReference(id=image.id)) == saved


async def test_saving_or_removing_an_image_that_changed_meanwhile_is_refused(database: Database) -> None:
    user = await a_user(database)
    (image,) = await stored(database, user, "sample.jpg")
    async with database.units.writing() as unit:
        await unit.images.save(image)
        await unit.commit()
    async with database.units.writing() as unit:
        with pytest.raises(StaleImage):
            await unit.images.save(image)
    async with database.units.writing() as unit:
        with pytest.raises(StaleImage):
            await unit.images.remove(image)


async def test_an_image_cannot_take_the_name_of_another(database: Database) -> None:
    user = await a_user(database)
    first, _ = await stored(database, user, "a.jpg", "b.jpg")
    async with database.units.writing() as unit:
        with pytest.raises(ImageNameTaken):
            await unit.images.save(replace(first, name=ImageName("b.jpg")))


async def test_a_removed_image_is_gone_and_its_id_is_never_reused(database: Database) -> None:
    user = await a_user(database)
    _, last = await stored(database, user, "a.jpg", "b.jpg")
    async with database.units.writing() as unit:
        await unit.images.remove(last)
        await unit.commit()
    (again,) = await stored(database, user, "b.jpg")
    assert again.id > last.id
    async with database.units.reading() as unit:
        assert await unit.images.count(user) == 2
        with pytest.raises(ImageNotFound):
            await unit.images.get(last.id)


async def test_some_images_of_a_user_are_found_as_long_as_there_are_any(database: Database) -> None:
    user, other = await a_user(database), await a_user(database, "other")
    theirs = await stored(database, other, "x.jpg")
    ids = {image.id for image in await stored(database, user, "a.jpg", "b.jpg", "c.jpg")}
    async with database.units.reading() as unit:
        some = await unit.images.some_of(user, limit=2)
        assert len(set(some)) == 2
        assert set(some) < ids
        assert set(await unit.images.some_of(user, limit=9)) == ids
        assert await unit.images.some_of(other, limit=9) == [theirs[0].id]


async def test_expired_images_are_found_earliest_first(database: Database) -> None:
    users = [await a_user(database, name) for name in ("ada", "bob")]
    images = [*await stored(database, users[0], "a.jpg", "b.jpg", "c.jpg"), *await stored(database, users[1], "d.jpg")]
    minutes = (2, None, 3, 1)
    async with database.units.writing() as unit:
        for image, each in zip(images, minutes, strict=True):
            expires_at = None if each is None else NOON + timedelta(minutes=each)
            await unit.images.save(image.described(ImageDetails(expires_at=expires_at)))
        await unit.commit()

    ids = [image.id for image in images]

    async def expired(at: datetime, limit: int = 9) -> list[int]:
        async with database.units.reading() as unit:
            return [ids.index(id) for id in await unit.images.expired(at=at, limit=limit)]

    assert await expired(NOON) == []
    assert await expired(NOON + timedelta(minutes=1)) == [3]
    assert await expired(NOON + timedelta(minutes=3, microseconds=-1)) == [3, 0]
    assert await expired(NOON + timedelta(minutes=3)) == [3, 0, 2]
    assert await expired(NOON + timedelta(minutes=3), limit=2) == [3, 0]


def uploaded(user: UserId, name: str, upload: Digest = UPLOAD, details: ImageDetails = NO_DETAILS) -> ImageDraft:
    draft = a_draft(user, name, key=f"{user}-{name}")
    return replace(draft, original=replace(draft.original, uploaded=upload), details=details)


async def found_upload(database: Database, user: UserId, upload: Digest = UPLOAD) -> Image | None:
    async with database.units.reading() as unit:
        return await unit.images.find_upload(user, upload, NOON)


async def test_the_oldest_image_of_an_upload_is_found_by_its_user(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    await stored(database, ada, "without-digest.jpg")
    async with database.units.writing() as unit:
        await unit.images.add(uploaded(bob, "bobs.jpg"))
        first, second, _ = [await unit.images.add(uploaded(ada, name)) for name in ("c.jpg", "b.jpg", "a.jpg")]
        other = await unit.images.add(uploaded(ada, "other.jpg", OTHER_UPLOAD))
        await unit.commit()
    assert await found_upload(database, ada) == first
    assert await found_upload(database, ada, OTHER_UPLOAD) == other
    assert await found_upload(database, bob, OTHER_UPLOAD) is None
    assert await found_upload(database, ada, Digest("0" * 64)) is None
    async with database.units.writing() as unit:
        changed = replace(first, original=replace(first.original, uploaded=OTHER_UPLOAD))
        first = await unit.images.save(changed)
        await unit.commit()
    assert await found_upload(database, ada) == second
    assert await found_upload(database, ada, OTHER_UPLOAD) == first


async def test_an_upload_whose_image_has_expired_is_not_found(database: Database) -> None:
    user = await a_user(database)
    async with database.units.writing() as unit:
        await unit.images.add(uploaded(user, "expired.jpg", details=ImageDetails(expires_at=NOON)))
        kept = await unit.images.add(uploaded(user, "kept.jpg", details=ImageDetails(expires_at=LATER)))
        await unit.commit()
    assert await found_upload(database, user) == kept


async def test_writers_that_look_for_an_upload_add_one_after_the_other(database: Database) -> None:
    user = await a_user(database)

    async def add_unless_found(number: int) -> None:
        async with database.units.writing() as unit:
            if await unit.images.find_upload(user, UPLOAD, NOON) is None:
                await asyncio.sleep(0.01)
                await unit.images.add(uploaded(user, f"{number}.jpg"))
            await unit.commit()

    await asyncio.gather(*(add_unless_found(number) for number in range(8)))
    async with database.units.reading() as unit:
        assert await unit.images.count(user) == 1
