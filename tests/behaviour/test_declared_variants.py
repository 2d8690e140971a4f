"""Variants as they are declared: what is added is made, what is changed is made anew, what is removed goes."""

import pytest

from behaviour.house import LONG, House, NobodyWaits
from domain.errors import UndecodableImage
from domain.model.images.variant import Fit, VariantSpec, VariantState
from domain.model.storage.blob import BlobKey
from domain.use_cases.variants.reconcile_variants import ReconcileVariants
from domain.use_cases.variants.retry_variants import RetryVariants
from kit.pictures.samples import a_picture
from kit.worlds.entities import MEDIUM, SMALL, SPECS

pytestmark = pytest.mark.anyio

PICTURE = a_picture(width=500, height=400)
SQUARE = VariantSpec("square", 64, 64, Fit.COVER)
TALLER = VariantSpec("small", 120)


def prints(house: House) -> dict[str, BlobKey | None]:
    [image] = house.pictures()
    return {each.name: each.made.key if each.made else None for each in image.variants}


async def test_nothing_is_touched_where_nothing_differs(house: House) -> None:
    await house.store(PICTURE)
    await house.make_pending()
    before = house.pictures()
    assert await house.redeclare(*reversed(SPECS)) == 0
    assert house.pictures() == before


async def test_an_added_variant_is_made_and_the_others_are_not(house: House) -> None:
    await house.store(PICTURE)
    await house.make_pending()
    before = prints(house)
    assert await house.redeclare(*SPECS, SQUARE) == 1
    await house.make_pending()
    after = prints(house)
    assert {name: after[name] for name in before} == before
    [image] = house.pictures()
    made = image.variant("square").made
    assert made is not None
    assert (made.dimensions.width, made.dimensions.height) == (64, 64)
    await house.settle()


async def test_a_changed_variant_shows_what_it_was_until_it_is_made_anew_and_then_its_bytes_go(house: House) -> None:
    await house.store(PICTURE)
    await house.make_pending()
    before = prints(house)
    assert await house.redeclare(TALLER, MEDIUM) == 1
    assert prints(house) == before
    await house.make_pending()
    after = prints(house)
    assert after["medium"] == before["medium"]
    assert after["small"] != before["small"]
    record = house.database.state.blobs[BlobKey(before["small"] or "")]
    assert record.is_readable(house.clock.now()), "links were promised to last"
    house.clock.at += LONG
    await house.sweep_blobs()
    assert before["small"] not in await house.in_store()


async def test_a_removed_variant_is_swept(house: House) -> None:
    await house.store(PICTURE)
    await house.make_pending()
    gone = prints(house)["medium"]
    await house.redeclare(SMALL)
    assert list(prints(house)) == ["small"]
    house.clock.at += LONG
    await house.sweep_blobs()
    assert gone not in await house.in_store()


async def test_a_variant_that_was_claimed_by_its_old_recipe_is_thrown_away(house: House) -> None:
    await house.store(PICTURE)
    house.fate.disturb_at = house.fate.calls + 8  # while the worker has the picture

    async def the_settings_change() -> None:
        house.fate.disturb_at = 0
        await house.redeclare(TALLER, MEDIUM)

    house.fate.disturbance = the_settings_change
    await house.make_pending()
    house.clock.at += LONG
    await house.make_pending()
    [image] = house.pictures()
    made = image.variant("small").made
    assert made is not None
    assert made.dimensions.height == 120
    await house.settle()


async def test_a_survey_tells_the_difference(house: House) -> None:
    await house.store(PICTURE)
    await house.store(a_picture(seed=5))
    await house.redeclare(SMALL, MEDIUM)
    survey = await ReconcileVariants(house.units, house.links, NobodyWaits(), house.clock, (TALLER, SQUARE)).survey()
    assert [(each.name, each.right, each.other, each.missing) for each in survey] == [
        ("medium", 0, 2, 0), ("small", 0, 2, 0), ("square", 0, 0, 2),
    ]  # fmt: skip
    assert [each.recipe for each in survey] == [None, TALLER.recipe, SQUARE.recipe]


async def test_a_failed_variant_is_tried_again_when_it_is_asked_for(house: House) -> None:
    image = await house.store(PICTURE)
    house.fate.disturb_at = -1
    for variant in image.variants:
        failed = house.database.state.images[image.id].with_variant(
            type(variant)(
                name=variant.name,
                recipe=variant.recipe,
                state=VariantState.FAILED,
                due=variant.due,
                failure=UndecodableImage.code,
            )
        )
        house.database.state.images[image.id] = failed
    retry = RetryVariants(house.units, NobodyWaits(), house.clock)
    assert await house.make_pending() == 0
    assert await retry() == 2
    assert await retry() == 0
    assert await house.make_pending() == 1
    await house.settle()
