"""Wherever a process dies or a part fails, and whenever a sweep comes in between, nothing that was acknowledged is lost."""

from collections.abc import Callable

import pytest

from behaviour.crashing import Crash, Fate
from behaviour.house import LONG, House
from domain.errors import (
    BlobExpired,
    BlobStoreUnavailable,
    CalotypeError,
    CodecBusy,
    DatabaseUnavailable,
    StaleImage,
    StorageFull,
)
from domain.model.images.naming import ImageReference
from domain.model.images.submission import SubmissionKey
from domain.model.images.variant import VariantSpec
from domain.model.pixels.compression import CompressionMode
from kit.pictures.samples import a_picture
from kit.worlds.entities import SMALL

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

OpenHouse = Callable[[Fate], House]
FIRST, SECOND, THIRD = (a_picture(seed=seed) for seed in (1, 2, 3))
KEY = SubmissionKey("key")


async def a_life(house: House) -> None:
    """Everything that can happen to pictures, once."""
    kept = await house.store(FIRST, mode=CompressionMode.OFF)
    await house.make_pending()
    assert await house.recompress(kept)
    house.clock.at += LONG
    await house.sweep_blobs()
    await house.replace(ImageReference(id=kept.id), SECOND)
    await house.make_pending()
    await house.redeclare(SMALL, VariantSpec("medium", 200))
    await house.make_pending()
    dropped = await house.store(THIRD)
    await house.delete(dropped)
    house.clock.at += LONG
    await house.sweep_blobs()
    await house.store(FIRST, "again.png", key=KEY)
    await house.forget_submissions()


async def calls_in_a_life(open_house: OpenHouse) -> int:
    house = open_house(Fate())
    await a_life(house)
    await house.check()
    await house.settle()
    assert len(house.pictures()) == 2
    return house.fate.calls


@pytest.mark.parametrize("after", [False, True], ids=["before", "after it took effect"])
@pytest.mark.parametrize(
    "failure", [Crash, DatabaseUnavailable, BlobStoreUnavailable, StorageFull, CodecBusy, StaleImage, BlobExpired]
)
async def test_a_failure_of_any_call_loses_nothing_and_leaves_nothing(
    open_house: OpenHouse, failure: Callable[[], BaseException], after: bool
) -> None:
    total = await calls_in_a_life(open_house)
    assert total > 80, "the life became so short that it proves nothing"
    failed = 0
    for call in range(1, total + 1):
        house = open_house(Fate(fail_at=call, failure=failure, after=after))
        try:
            await a_life(house)
        except (Crash, CalotypeError):
            failed += 1
        await house.check()
        await house.settle()
    assert failed > total / 3


@pytest.mark.parametrize("after", [False, True], ids=["before", "after it took effect"])
@pytest.mark.parametrize("failure", [Crash, DatabaseUnavailable, BlobStoreUnavailable])
async def test_an_upload_that_failed_at_any_call_is_stored_once_when_it_is_sent_again(
    open_house: OpenHouse, failure: Callable[[], BaseException], after: bool
) -> None:
    house = open_house(Fate())
    await house.store(FIRST, key=KEY)
    total, failed = house.fate.calls, 0
    for call in range(1, total + 1):
        house = open_house(Fate(fail_at=call, failure=failure, after=after))
        try:
            await house.store(FIRST, key=KEY)
        except (Crash, CalotypeError):
            failed += 1
        kept = house.pictures()
        again = await house.store(FIRST, key=KEY)
        assert [image.id for image in house.pictures()] == [again.id]
        assert kept in ([], house.pictures())
        await house.settle()
    assert failed > total / 3


@pytest.mark.parametrize("late", [False, True], ids=["at once", "much later"])
async def test_a_sweep_between_any_two_calls_loses_nothing(open_house: OpenHouse, late: bool) -> None:
    total = await calls_in_a_life(open_house)
    for call in range(1, total + 1):
        house = open_house(Fate(disturb_at=call))
        bystander = House(house.codec, house.staging, Fate(), house.clock, house.mint, house.database, house.blobs)

        async def sweep(house: House = house, bystander: House = bystander) -> None:
            house.clock.at += LONG if late else 0 * LONG
            if not house.database.turn.locked():  # otherwise a sweep would wait, and come after
                await bystander.sweep_blobs()
                house.clock.advance(minutes=2)  # past the pause, and within the grace
                await bystander.sweep_blobs()

        house.fate.disturbance = sweep
        try:
            await a_life(house)
        except BlobExpired:
            assert late, "only an upload that took hours may be given up"
        await house.check()
        await house.settle()
