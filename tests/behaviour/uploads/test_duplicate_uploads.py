"""Uploads of bytes that the user has uploaded before, where these are stored once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import IdempotencyKeyReused, SubmittedImageDeleted
from domain.model.access.user import UserId
from domain.model.images.details import DetailsChange
from domain.model.images.naming import ImageReference
from domain.model.images.submission import SubmissionKey
from domain.model.pixels.compression import CompressionMode
from kit.fixtures.application import ADA, Application
from kit.images.samples import sample_image

pytestmark = pytest.mark.anyio

SAMPLE, OTHER = (sample_image(seed=seed) for seed in (1, 2))
KEY = SubmissionKey("key")
BOB = UserId(2)


@pytest.fixture
def once(application: Application) -> Application:
    """An application that returns the image that exists."""
    application.store_image = replace(application.store_image, return_duplicates=True)
    return application


async def test_the_same_bytes_become_one_image_as_it_is_now(once: Application) -> None:
    await once.store(SAMPLE, "a.png")
    await once.make_pending()
    (first,) = once.images()
    once.clock.advance(minutes=1)
    assert await once.store(SAMPLE, "b.png", CompressionMode.OFF) == first
    assert once.images() == [first]
    assert await once.in_store() == once.referenced(), "nothing else was stored, not even for a moment"
    assert (await once.store(OTHER)).id != first.id


async def test_nothing_is_compressed(once: Application) -> None:
    await once.store(SAMPLE)
    before = once.faults.calls
    await once.store(SAMPLE)
    assert once.faults.calls - before == 2, "one unit of work with one look-up"


async def test_of_several_the_oldest_is_returned(application: Application) -> None:
    first, _ = await application.store(SAMPLE), await application.store(SAMPLE)
    application.store_image = replace(application.store_image, return_duplicates=True)
    assert await application.store(SAMPLE) == first


async def test_an_image_that_was_replaced_or_deleted_is_not_returned(once: Application) -> None:
    first = await once.store(SAMPLE)
    once.clock.advance(minutes=1)
    await once.replace(ImageReference(id=first.id), OTHER)
    second = await once.store(SAMPLE)
    assert (await once.store(OTHER)).id == first.id
    await once.delete(second)
    assert (await once.store(SAMPLE)).id > second.id
    await once.settle()


async def test_an_image_that_has_expired_is_not_returned(once: Application) -> None:
    first = await once.store(SAMPLE)
    change = DetailsChange(expires_at=once.clock.at + timedelta(hours=1))
    await once.change_details(ADA, ImageReference(id=first.id), change)
    assert (await once.store(SAMPLE)).id == first.id
    once.clock.advance(hours=1)
    assert (await once.store(SAMPLE)).id != first.id


async def test_an_image_of_another_user_makes_no_difference_and_no_difference_in_work(once: Application) -> None:
    await once.store(SAMPLE)
    before = once.faults.calls
    theirs = await once.store(SAMPLE, user=BOB)
    known_to_another = once.faults.calls - before
    before = once.faults.calls
    await once.store(OTHER, "other.png", user=BOB)
    assert known_to_another == once.faults.calls - before
    assert theirs.user == BOB
    assert await once.store(SAMPLE, user=BOB) == theirs


async def test_uploads_at_the_same_moment_end_as_one_image(once: Application) -> None:
    keys = (None, None, SubmissionKey("a"), SubmissionKey("b"), SubmissionKey("b"))
    names = ("a.png", "a.png", "b.png", "c.png", "c.png")
    images = await asyncio.gather(*(once.store(SAMPLE, name, key=key) for name, key in zip(names, keys, strict=True)))
    assert len(once.images()) == 1
    assert {image.id for image in images} == {once.images()[0].id}
    assert set(once.database.state.submissions) == {(ADA.user, SubmissionKey("a")), (ADA.user, SubmissionKey("b"))}
    await once.settle()


async def test_a_key_is_remembered_for_the_image_that_exists(once: Application) -> None:
    first = await once.store(SAMPLE)
    once.clock.advance(minutes=1)
    assert await once.store(SAMPLE, key=KEY) == first
    assert await once.store(SAMPLE, key=KEY) == first
    with pytest.raises(IdempotencyKeyReused):
        await once.store(OTHER, key=KEY)
    await once.delete(first)
    with pytest.raises(SubmittedImageDeleted):
        await once.store(SAMPLE, key=KEY)


async def test_a_known_key_decides_first(once: Application) -> None:
    first = await once.store(SAMPLE, key=KEY)
    await once.make_pending()
    assert await once.store(SAMPLE, key=KEY) == first, "as it was stored; as a duplicate it would have its variants"
    assert await once.store(SAMPLE) == once.images()[0] != first
