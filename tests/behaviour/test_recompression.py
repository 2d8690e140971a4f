"""What is stored becomes smaller, and nothing that anybody counts on changes."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from behaviour.house import LONG, House
from domain.errors import ImageNotFound
from domain.model.images.image import Image
from domain.model.images.naming import ImageReference
from domain.model.images.variant import VariantState
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat
from kit.pictures.codecs import a_photo, encoded
from kit.pictures.samples import a_picture

pytestmark = pytest.mark.anyio

OFF, LOSSLESS, EXCELLENT = CompressionMode.OFF, CompressionMode.LOSSLESS, CompressionMode.EXCELLENT


def stored(house: House, image: Image) -> Image:
    return house.database.state.images[image.id]


async def test_bytes_become_fewer_and_all_else_stays(house: House) -> None:
    before = await house.store(a_picture(seed=1), mode=OFF)
    await house.make_pending()
    before = stored(house, before)
    house.clock.advance(minutes=1)
    result = await house.recompress_image(before.id, further=True, dry_run=False)
    after = stored(house, before)
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


async def test_a_dry_run_says_what_would_be_and_changes_nothing(house: House) -> None:
    before = await house.store(a_picture(seed=2), mode=OFF)
    blobs = await house.in_store()
    result = await house.recompress_image(before.id, further=True, dry_run=True)
    assert result.is_smaller
    assert stored(house, before) == before
    assert await house.in_store() == blobs


async def test_what_was_stored_without_loss_stays_without_unless_that_is_meant(house: House) -> None:
    upload = a_picture(seed=3)
    off = await house.store(upload, mode=OFF)
    lossless = await house.store(upload, mode=LOSSLESS)
    for image, mode in ((off, OFF), (lossless, LOSSLESS)):
        assert house.recompress_image.mode_for(image, further=False) is mode
        assert house.recompress_image.mode_for(image, further=True) is EXCELLENT
        await house.recompress_image(image.id, further=False, dry_run=False)
        assert stored(house, image).original.facts == image.original.facts


async def test_what_cannot_become_smaller_is_not_tried_again(house: House) -> None:
    image = await house.store(a_picture(seed=4), mode=LOSSLESS)
    result = await house.recompress_image(image.id, further=True, dry_run=False)
    if not result.is_smaller:
        assert stored(house, image).original.facts == image.original.facts
    again = stored(house, image)
    assert house.recompress_image.mode_for(again, further=True) is again.original.receipt.mode


async def test_what_was_stored_with_loss_never_loses_again(house: House) -> None:
    upload = encoded(a_photo(400, 300), ImageFormat.JPEG, quality=99)
    image = await house.store(upload, mode=EXCELLENT)
    assert not image.original.receipt.lossless
    await house.recompress_image(image.id, further=True, dry_run=False)
    receipt = stored(house, image).original.receipt
    assert (receipt.mode, receipt.codec, receipt.score) == (
        image.original.receipt.mode,
        image.original.receipt.codec,
        image.original.receipt.score,
    )


@pytest.mark.parametrize("what", ["replaced", "deleted"])
async def test_a_picture_that_changes_meanwhile_is_left_alone(house: House, what: str) -> None:
    image = await house.store(a_picture(seed=5), mode=OFF)
    others: dict[str, Callable[[], Awaitable[Any]]] = {
        "replaced": lambda: house.replace(ImageReference(id=image.id), a_picture(seed=6)),
        "deleted": lambda: house.delete(image),
    }

    async def meanwhile() -> None:
        await others[what]()

    house.fate.disturb_at = house.fate.calls + 6
    house.fate.disturbance = meanwhile
    await house.recompress_image(image.id, further=True, dry_run=False)
    assert house.fate.calls > house.fate.disturb_at
    await house.settle()
    if what == "deleted":
        assert image.id not in house.database.state.images


async def test_links_to_the_old_bytes_last_as_long_as_was_promised(house: House) -> None:
    image = await house.store(a_picture(seed=7), mode=OFF)
    assert await house.recompress(image)
    await house.sweep_blobs()
    assert image.original.key in await house.in_store()
    house.clock.at += LONG
    await house.sweep_blobs()
    house.clock.at += LONG
    await house.sweep_blobs()
    assert image.original.key not in await house.in_store()


async def test_a_picture_that_is_not_there_is_said_so(house: House) -> None:
    image = await house.store(a_picture(seed=8), mode=OFF)
    await house.delete(image)
    with pytest.raises(ImageNotFound):
        await house.recompress_image(image.id, further=True, dry_run=False)
