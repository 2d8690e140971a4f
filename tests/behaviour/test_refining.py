"""An image that takes long to pack is packed fast at first, and fully in the background."""

from dataclasses import replace

import pytest

from domain.model.images.image import Image
from domain.model.images.naming import ImageReference
from domain.model.images.refining import REFINE_IMAGE
from domain.model.jobs.job import JobState
from domain.model.jobs.retry import RetryPolicy
from domain.use_cases.images.recompressing.refine_image import RefineImage
from domain.use_cases.jobs.perform_job import PerformJob
from kit.fixtures.application import Application
from kit.images.samples import sample_image

pytestmark = pytest.mark.anyio

LARGE = sample_image(width=2800, height=1800, compress_level=1)  # too large for a client to wait for a palette
WITH_PALETTE = sample_image(width=2400, height=1800, compress_level=1)
PENDING = frozenset({JobState.PENDING, JobState.FAILED})


async def refine(application: Application) -> None:
    perform = PerformJob(RefineImage(application.recompress_image), application.units, application.clock, RetryPolicy())
    async with application.units.reading() as unit:
        jobs = await unit.jobs.list(states=PENDING, limit=10)
    for job in jobs:
        await perform(job.reference)


async def pending(application: Application) -> list[str]:
    async with application.units.reading() as unit:
        return [job.kind for job in await unit.jobs.list(states=PENDING, limit=10)]


def now(application: Application, image: Image) -> Image:
    [found] = [each for each in application.images() if each.id == image.id]
    return found


async def test_a_large_png_is_refined_without_changing_a_pixel(application: Application) -> None:
    image = await application.store(LARGE)
    assert await pending(application) == [REFINE_IMAGE]
    await refine(application)
    refined = now(application, image)
    assert await pending(application) == []
    assert refined.original.facts.size < image.original.facts.size
    assert refined.original.facts.digest != image.original.facts.digest
    assert (refined.original.receipt.lossless, refined.original.receipt.uploaded_size) == (True, len(LARGE))
    assert (refined.id, refined.name, refined.version) == (image.id, image.name, image.version + 1)
    assert await application.blobs.stat(image.original.key), "links to the first bytes work until they expire"


async def test_a_small_png_needs_no_refining(application: Application) -> None:
    await application.store(sample_image(width=400, height=300))
    assert await pending(application) == []


async def test_an_image_stored_with_a_palette_needs_no_refining(application: Application) -> None:
    image = await application.store(WITH_PALETTE)
    assert image.original.receipt.codec == "libimagequant"
    assert await pending(application) == []


async def test_a_replacement_is_refined_too(application: Application) -> None:
    image = await application.store(sample_image())
    await application.replace(ImageReference(id=image.id), LARGE)
    assert await pending(application) == [REFINE_IMAGE]


async def test_an_image_that_is_deleted_meanwhile_needs_nothing(application: Application) -> None:
    image = await application.store(LARGE)
    await application.delete(image)
    await refine(application)
    assert await pending(application) == []


async def test_without_refining_the_client_waits(application: Application) -> None:
    store_original = replace(application.store_image.store_original, refine=False)
    application.store_image = replace(application.store_image, store_original=store_original)
    await application.store(LARGE)
    assert await pending(application) == []
