"""An upload that is repeated under its idempotency key, at once and later."""

from datetime import timedelta

import pytest

from domain.errors import IdempotencyKeyReused, SubmittedImageDeleted, UndecodableImage
from domain.model.images.naming import ImageReference
from domain.model.images.submission import SubmissionKey
from kit.fixtures.application import Application
from kit.images.samples import sample_image

pytestmark = pytest.mark.anyio

KEY = SubmissionKey("key")
SAMPLE, OTHER = (sample_image(seed=seed) for seed in (1, 2))


async def test_for_a_day_it_gets_the_first_answer_again(application: Application) -> None:
    first = await application.store(SAMPLE, key=KEY)
    await application.make_pending()
    application.clock.at += timedelta(hours=24)
    await application.forget_submissions()
    assert await application.store(SAMPLE, key=KEY) == first
    assert [image.version > 1 for image in application.images()] == [True], "its variants are made and kept"
    await application.settle()


async def test_after_a_day_it_is_a_new_upload(application: Application) -> None:
    first = await application.store(SAMPLE, key=KEY)
    application.clock.at += timedelta(hours=24, microseconds=1)
    second = await application.store(SAMPLE, key=KEY)
    assert await application.store(SAMPLE, key=KEY) == second != first
    application.clock.at += timedelta(hours=24, microseconds=1)
    await application.forget_submissions()
    assert application.database.state.submissions == {}
    await application.store(OTHER, key=KEY)
    assert len(application.images()) == 3


async def test_an_image_that_was_replaced_since_is_shown_as_it_is_now(application: Application) -> None:
    first = await application.store(SAMPLE, key=KEY)
    application.clock.advance(minutes=1)
    replaced = await application.replace(ImageReference(id=first.id), OTHER)
    assert await application.store(SAMPLE, key=KEY) == replaced
    await application.settle()


async def test_an_image_that_was_deleted_since_is_not_stored_again(application: Application) -> None:
    await application.delete(await application.store(SAMPLE, key=KEY))
    with pytest.raises(SubmittedImageDeleted):
        await application.store(SAMPLE, key=KEY)
    await application.settle()


async def test_other_bytes_or_another_name_under_the_key_are_refused(application: Application) -> None:
    await application.store(SAMPLE, "a.png", key=KEY)
    for data, name in ((OTHER, "a.png"), (SAMPLE, "b.png")):
        with pytest.raises(IdempotencyKeyReused):
            await application.store(data, name, key=KEY)
    assert len(application.images()) == 1


async def test_a_refusal_leaves_the_key_free(application: Application) -> None:
    with pytest.raises(UndecodableImage):
        await application.store(b"garbage", key=KEY)
    await application.store(SAMPLE, key=KEY)
    assert len(application.images()) == 1
