"""Stored images are made smaller; their other properties do not change."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.errors import ImageNotFound
from domain.model.images.image import Image
from domain.model.images.naming import ImageReference
from domain.model.images.variant import VariantState
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat
from kit.fixtures.application import LONG, Application
from kit.images.codecs import a_photo, encoded
from kit.images.samples import sample_image

pytestmark = pytest.mark.anyio

OFF, LOSSLESS, EXCELLENT = CompressionMode.OFF, CompressionMode.LOSSLESS, CompressionMode.EXCELLENT


def stored(application: Application, image: Image) -> Image:
    return application.database.state.images[image.id]


async def test_the_original_becomes_smaller_and_the_rest_is_unchanged(application: Application) -> None:
    before = await application.store(sample_image(seed=1), mode=OFF)
    await application.make_pending()
    before = stored(application, before)
    application.clock.advance(minutes=1)
    result = await application.recompress_image(before.id, further=True, dry_run=False)
    after = stored(application, before)
    assert result.is_smaller
    assert after.original.facts.size < before.original.facts.size
    assert after.original.receipt.uploaded_size == before.original.receipt.uploaded_size
    assert after.original.receipt.mode is EXCELLENT
    assert (after.id, after.name, after.created_at, after.original.thumbhash) == (
        before.id,
        before.name,
        before.created_at,
        before.original.thumbhash,
    )
    assert after.updated_at > before.updated_at, "caches must notice"
    assert after.variants == before.variants
    assert {each.state for each in after.variants} == {VariantState.READY}


async def test_a_dry_run_reports_the_result_and_changes_nothing(application: Application) -> None:
    before = await application.store(sample_image(seed=2), mode=OFF)
    blobs = await application.in_store()
    result = await application.recompress_image(before.id, further=True, dry_run=True)
    assert result.is_smaller
    assert stored(application, before) == before
    assert await application.in_store() == blobs


async def test_a_lossless_original_stays_lossless_unless_requested_otherwise(application: Application) -> None:
    upload = sample_image(seed=3)
    off = await application.store(upload, mode=OFF)
    lossless = await application.store(upload, mode=LOSSLESS)
    for image, mode in ((off, OFF), (lossless, LOSSLESS)):
        assert application.recompress_image.mode_for(image, further=False) is mode
        assert application.recompress_image.mode_for(image, further=True) is EXCELLENT
        await application.recompress_image(image.id, further=False, dry_run=False)
        assert stored(application, image).original.facts == image.original.facts


async def test_an_original_that_cannot_become_smaller_is_not_tried_again(application: Application) -> None:
    image = await application.store(sample_image(seed=4), mode=LOSSLESS)
    result = await application.recompress_image(image.id, further=True, dry_run=False)
    if not result.is_smaller:
        assert stored(application, image).original.facts == image.original.facts
    again = stored(application, image)
    assert application.recompress_image.mode_for(again, further=True) is again.original.receipt.mode


async def test_a_lossy_original_is_never_compressed_with_loss_again(application: Application) -> None:
    upload = encoded(a_photo(400, 300), ImageFormat.JPEG, quality=99)
    image = await application.store(upload, mode=EXCELLENT)
    assert not image.original.receipt.lossless
    await application.recompress_image(image.id, further=True, dry_run=False)
    receipt = stored(application, image).original.receipt
    assert (receipt.mode, receipt.codec, receipt.score) == (
        image.original.receipt.mode,
        image.original.receipt.codec,
        image.original.receipt.score,
    )


@pytest.mark.parametrize("what", ["replaced", "deleted"])
async def test_an_image_that_is_replaced_meanwhile_is_left_alone(application: Application, what: str) -> None:
    image = await application.store(sample_image(seed=5), mode=OFF)
    others: dict[str, Callable[[], Awaitable[Any]]] = {
        "replaced": lambda: application.replace(ImageReference(id=image.id), sample_image(seed=6)),
        "deleted": lambda: application.delete(image),
    }

    async def meanwhile() -> None:
        await others[what]()

    application.faults.disturb_at = application.faults.calls + 6
    application.faults.disturbance = meanwhile
    await application.recompress_image(image.id, further=True, dry_run=False)
    assert application.faults.calls > application.faults.disturb_at
    await application.settle()
    if what == "deleted":
        assert image.id not in application.database.state.images


async def test_links_to_the_old_blob_work_until_they_expire(application: Application) -> None:
    image = await application.store(sample_image(seed=7), mode=OFF)
    assert await application.recompress(image)
    await application.sweep_blobs()
    assert image.original.key in await application.in_store()
    application.clock.at += LONG
    await application.sweep_blobs()
    application.clock.at += LONG
    await application.sweep_blobs()
    assert image.original.key not in await application.in_store()


async def test_a_missing_image_is_reported(application: Application) -> None:
    image = await application.store(sample_image(seed=8), mode=OFF)
    await application.delete(image)
    with pytest.raises(ImageNotFound):
        await application.recompress_image(image.id, further=True, dry_run=False)
