"""Declared variants: added ones are made, changed ones are made again, removed ones are deleted."""

from dataclasses import replace

import pytest

from domain.errors import UndecodableImage
from domain.model.images.variant import Fit, VariantSpec, VariantState
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat
from domain.model.storage.blob import BlobKey
from domain.use_cases.variants.reconcile_variants import ReconcileVariants
from domain.use_cases.variants.retry_variants import RetryVariants
from kit.fixtures.application import LONG, Application, NoQueue
from kit.fixtures.entities import MEDIUM, SMALL, SPECS
from kit.images.samples import sample_image

pytestmark = pytest.mark.anyio

SAMPLE = sample_image(width=500, height=400)
SQUARE = VariantSpec("square", 64, 64, Fit.COVER)
TALLER = VariantSpec("small", 120)


def blob_keys(application: Application) -> dict[str, BlobKey | None]:
    [image] = application.images()
    return {each.name: each.made.key if each.made else None for each in image.variants}


async def test_variants_that_are_as_declared_are_not_made_again(application: Application) -> None:
    await application.store(SAMPLE)
    await application.make_pending()
    before = application.images()
    assert await application.redeclare(*reversed(SPECS)) == 0
    assert application.images() == before


async def test_an_added_variant_is_made_and_the_others_are_kept(application: Application) -> None:
    await application.store(SAMPLE)
    await application.make_pending()
    before = blob_keys(application)
    assert await application.redeclare(*SPECS, SQUARE) == 1
    await application.make_pending()
    after = blob_keys(application)
    assert {name: after[name] for name in before} == before
    [image] = application.images()
    made = image.variant("square").made
    assert made is not None
    assert (made.dimensions.width, made.dimensions.height) == (64, 64)
    await application.settle()


async def test_a_changed_variant_keeps_its_old_blob_until_the_new_one_is_made(
    application: Application,
) -> None:
    await application.store(SAMPLE)
    await application.make_pending()
    before = blob_keys(application)
    assert await application.redeclare(TALLER, MEDIUM) == 1
    assert blob_keys(application) == before
    await application.make_pending()
    after = blob_keys(application)
    assert after["medium"] == before["medium"]
    assert after["small"] != before["small"]
    record = application.database.state.blobs[BlobKey(before["small"] or "")]
    assert record.is_readable(application.clock.now()), "links work until they expire"
    application.clock.at += LONG
    await application.sweep_blobs()
    assert before["small"] not in await application.in_store()


async def test_a_removed_variant_is_swept(application: Application) -> None:
    await application.store(SAMPLE)
    await application.make_pending()
    gone = blob_keys(application)["medium"]
    await application.redeclare(SMALL)
    assert list(blob_keys(application)) == ["small"]
    application.clock.at += LONG
    await application.sweep_blobs()
    assert gone not in await application.in_store()


async def test_a_variant_made_with_the_old_recipe_is_discarded(application: Application) -> None:
    await application.store(SAMPLE)
    application.faults.disturb_at = application.faults.calls + 8  # while the worker makes the variant

    async def the_settings_change() -> None:
        application.faults.disturb_at = 0
        await application.redeclare(TALLER, MEDIUM)

    application.faults.disturbance = the_settings_change
    await application.make_pending()
    application.clock.at += LONG
    await application.make_pending()
    [image] = application.images()
    made = image.variant("small").made
    assert made is not None
    assert made.dimensions.height == 120
    await application.settle()


async def test_a_survey_counts_variants_that_differ_from_the_declared_ones(application: Application) -> None:
    await application.store(SAMPLE)
    await application.store(sample_image(seed=5))
    await application.redeclare(SMALL, MEDIUM)
    survey = await ReconcileVariants(
        application.units, application.lifecycle, NoQueue(), application.clock, (TALLER, SQUARE)
    ).survey()
    assert [(each.name, each.right, each.other, each.missing) for each in survey] == [
        ("medium", 0, 2, 0), ("small", 0, 2, 0), ("square", 0, 0, 2),
    ]  # fmt: skip
    assert [each.recipe for each in survey] == [None, TALLER.recipe, SQUARE.recipe]


async def test_a_failed_variant_is_retried_on_request(application: Application) -> None:
    image = await application.store(SAMPLE)
    application.faults.disturb_at = -1
    for variant in image.variants:
        failed = application.database.state.images[image.id].with_variant(
            type(variant)(
                name=variant.name,
                recipe=variant.recipe,
                state=VariantState.FAILED,
                due=variant.due,
                failure=UndecodableImage.code,
            )
        )
        application.database.state.images[image.id] = failed
    retry = RetryVariants(application.units, NoQueue(), application.clock)
    assert await application.make_pending() == 0
    assert await retry() == 2
    assert await retry() == 0
    assert await application.make_pending() == 1
    await application.settle()


async def test_an_avif_beside_a_variant_is_made_for_stored_images_and_removed_again(application: Application) -> None:
    plain = replace(SMALL, avif=False)
    await application.store(SAMPLE)
    await application.redeclare(plain)
    await application.make_pending()
    assert application.images()[0].alternatives() == {}
    assert await application.redeclare(SMALL) == 1
    await application.make_pending()
    [image] = application.images()
    [(key, beside)] = image.alternatives().items()
    assert (key, beside.facts.format) == (blob_keys(application)["small"], ImageFormat.AVIF)
    assert {key, beside.key} <= await application.in_store()
    assert application.database.state.blobs[key].alternative == beside
    await application.redeclare(plain)
    await application.make_pending()
    application.clock.at += LONG
    await application.sweep_blobs()
    assert not {key, beside.key} & await application.in_store()
    await application.settle()


async def test_an_original_that_serves_as_its_variant_is_not_encoded_for_an_avif(application: Application) -> None:
    await application.store(sample_image(ImageFormat.JPEG), "a.jpg", mode=CompressionMode.OFF)
    await application.redeclare(replace(SMALL, avif=False))
    before = blob_keys(application)
    [image] = application.images()
    assert before == {"small": image.original.key}
    await application.redeclare(SMALL)
    [image] = application.images()
    assert (blob_keys(application), image.has_pending_variants) == (before, False)
    assert image.variant("small").recipe == SMALL.recipe


async def test_a_deleted_image_takes_its_avif_along(application: Application) -> None:
    image = await application.store(SAMPLE)
    await application.make_pending()
    [beside] = application.images()[0].alternatives().values()
    await application.delete(image)
    assert beside.key not in await application.in_store()
    await application.settle()
