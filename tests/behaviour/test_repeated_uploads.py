"""An upload that is sent again under its key, as time goes by."""

from datetime import timedelta

import pytest

from behaviour.house import House
from domain.errors import IdempotencyKeyReused, SubmittedImageDeleted, UndecodableImage
from domain.model.images.naming import ImageReference
from domain.model.images.submission import SubmissionKey
from kit.pictures.samples import a_picture

pytestmark = pytest.mark.anyio

KEY = SubmissionKey("key")
PICTURE, OTHER = (a_picture(seed=seed) for seed in (1, 2))


async def test_for_a_day_it_is_answered_as_the_first_time(house: House) -> None:
    first = await house.store(PICTURE, key=KEY)
    await house.make_pending()
    house.clock.at += timedelta(hours=24)
    await house.forget_submissions()
    assert await house.store(PICTURE, key=KEY) == first
    assert [image.version > 1 for image in house.pictures()] == [True], "its variants were made, and stay"
    await house.settle()


async def test_after_a_day_it_is_another_upload_swept_or_not(house: House) -> None:
    first = await house.store(PICTURE, key=KEY)
    house.clock.at += timedelta(hours=24, microseconds=1)
    second = await house.store(PICTURE, key=KEY)
    assert await house.store(PICTURE, key=KEY) == second != first
    house.clock.at += timedelta(hours=24, microseconds=1)
    await house.forget_submissions()
    assert house.database.state.submissions == {}
    await house.store(OTHER, key=KEY)
    assert len(house.pictures()) == 3


async def test_what_was_replaced_since_is_shown_as_it_is(house: House) -> None:
    first = await house.store(PICTURE, key=KEY)
    house.clock.advance(minutes=1)
    replaced = await house.replace(ImageReference(id=first.id), OTHER)
    assert await house.store(PICTURE, key=KEY) == replaced
    await house.settle()


async def test_what_was_deleted_since_is_not_stored_again_by_mistake(house: House) -> None:
    await house.delete(await house.store(PICTURE, key=KEY))
    with pytest.raises(SubmittedImageDeleted):
        await house.store(PICTURE, key=KEY)
    await house.settle()


async def test_the_key_is_for_these_bytes_under_this_name(house: House) -> None:
    await house.store(PICTURE, "a.png", key=KEY)
    for data, name in ((OTHER, "a.png"), (PICTURE, "b.png")):
        with pytest.raises(IdempotencyKeyReused):
            await house.store(data, name, key=KEY)
    assert len(house.pictures()) == 1


async def test_a_refusal_leaves_the_key_free(house: House) -> None:
    with pytest.raises(UndecodableImage):
        await house.store(b"rubbish", key=KEY)
    await house.store(PICTURE, key=KEY)
    assert len(house.pictures()) == 1
