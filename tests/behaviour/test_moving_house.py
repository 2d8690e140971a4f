"""Moving house: whoever reads finds, whatever is written is kept, and wherever it dies it goes on."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.blobs.switched import SwitchedBlobStore, SwitchedLinks
from adapters.memory.units_of_work import MemoryUnitsOfWork
from adapters.system.mint import RandomMint
from behaviour.crashing import Crash, Fate
from behaviour.house import LONG, House
from behaviour.street import LONGEST_PUT, NEW, OLD, Street, a_blob
from domain.errors import BlobStoreUnavailable, CalotypeError, CannotMove, DatabaseUnavailable, StoreMismatch
from domain.model.images.image import Image
from domain.model.storage.store_move import MovePhase, StoreName
from domain.ports.blobs import BlobLinks
from domain.use_cases.images.open_image import link_to
from domain.use_cases.stores.bind_store import BindStore
from domain.use_cases.stores.copy_blob import CopyOutcome
from domain.use_cases.stores.move_store import NOTICE
from kit.pictures.samples import a_picture

pytestmark = pytest.mark.anyio

OpenHouse = Callable[[Fate], House]


async def test_everything_is_in_the_new_store_and_nothing_in_the_old(street: Street) -> None:
    before = await street.keys(OLD)
    await street.move(NEW)
    assert await street.keys(OLD) == before, "the old store is untouched until the end"
    await street.check_readable(await street.process())
    await street.finish()
    assert (await street.keys(OLD), await street.keys(NEW)) == (set(), before)
    assert await street.stores[OLD].read() is None
    await street.check_readable(await street.process())


async def test_a_move_back_is_the_same(street: Street) -> None:
    before = await street.keys(OLD)
    for to in (NEW, OLD):
        await street.move(to)
        await street.finish()
    assert (await street.keys(OLD), await street.keys(NEW)) == (before, set())
    await street.check_readable(await street.process())


async def test_a_move_can_be_turned_round_before_it_is_finished(street: Street) -> None:
    await street.move(NEW)
    switch = await street.process()
    street.house.blobs = street.stores[NEW]
    await switch.put(*await a_blob(street))
    await street.move(OLD)
    await street.finish()
    assert await street.keys(NEW) == set()
    await street.check_readable(await street.process())
    assert await street.process() is not None


async def test_a_process_that_looked_before_still_finds_what_one_that_looked_after_wrote(street: Street) -> None:
    late = await street.process()
    place = await street.moving.begin(NEW)
    announced = await street.process()
    assert place.phase is MovePhase.ANNOUNCED
    key, path = await a_blob(street)
    await announced.put(key, path)
    assert (await late.stat(key)).size == 5, "what is written while it is announced goes where all processes look"
    await street.moving.proceed(place)
    moving = await street.process()
    key, path = await a_blob(street)
    await moving.put(key, path)
    assert (await announced.stat(key)).size == 5
    for switch in (announced, moving):
        await street.check_readable(switch)
    assert late.binding != moving.binding
    await street.binding(late).follow()
    assert late.binding == moving.binding


async def test_links_lead_to_the_service_while_there_are_two_stores(street: Street) -> None:
    class Elsewhere(BlobLinks):
        def sign(self, target: Any, at: Any) -> str:
            return "https://store.example.org/"

        def longest_lifetime(self) -> float:
            return 3600

    house = street.house
    switch = await street.process()
    links = SwitchedLinks(switch, {OLD: Elsewhere(), NEW: Elsewhere()}, house.links)
    target = link_to(house.pictures()[0])
    assert links.sign(target, house.clock.now()).startswith("https://")
    await street.moving.begin(NEW)
    await street.binding(switch).follow()
    assert links.sign(target, house.clock.now()).startswith("/image/")


async def test_links_into_the_old_store_are_kept_as_long_as_was_promised(street: Street) -> None:
    class Elsewhere(BlobLinks):
        def sign(self, target: Any, at: Any) -> str:
            return "https://store.example.org/"

        def longest_lifetime(self) -> float:
            return 7200

    object.__setattr__(street.moving, "links", {OLD: Elsewhere(), NEW: street.house.links})
    await street.move(NEW)
    with pytest.raises(CannotMove, match="promised to last"):
        await street.finish()
    street.house.clock.advance(seconds=7201)
    await street.finish()
    assert await street.keys(OLD) == set()


async def test_a_picture_deleted_during_the_move_is_gone_from_both_stores_in_the_end(street: Street) -> None:
    gone = street.house.pictures()[0]
    await street.move(NEW)
    await street.house.delete(gone)
    street.house.clock.at += LONG
    await street.house.sweep_blobs()
    assert gone.original.key in await street.keys(OLD), "nothing is swept meanwhile"
    await street.finish()
    street.house.blobs = street.stores[NEW]
    street.house.__post_init__()
    await street.binding(street.house.switch)()
    street.house.clock.at += LONG
    await street.house.sweep_blobs()
    assert gone.original.key not in await street.keys(OLD) | await street.keys(NEW)


async def test_what_is_damaged_or_missing_is_named_and_keeps_the_old_store(street: Street) -> None:
    first, second, _ = street.house.pictures()
    street.house.blobs._blobs[first.original.key] = b"rot"
    await street.house.blobs.delete(second.original.key)
    place = await street.moving.begin(NEW)
    await street.moving.proceed(place)
    outcomes = {record.key: await street.moving.copy(record, place) async for record in street.moving.needed()}
    assert outcomes[first.original.key] is CopyOutcome.DAMAGED
    assert outcomes[second.original.key] is CopyOutcome.MISSING
    with pytest.raises(CannotMove, match="2 blobs are not in the new store"):
        await street.finish()
    for image in (first, second):
        await street.house.delete(image)
    await street.finish()


async def test_an_upload_that_the_switch_came_in_between_of_is_waited_for_and_kept(street: Street) -> None:
    late = await street.process()
    key, path = await a_blob(street)
    street.house.clock.advance(seconds=1)
    await street.move(NEW)
    with pytest.raises(CannotMove, match="under way"):
        await street.finish()
    await late.put(key, path)
    street.house.clock.at += NOTICE + LONGEST_PUT
    await street.finish()
    assert key in await street.keys(NEW)


async def test_a_store_that_the_settings_lack_lets_nobody_in(street: Street) -> None:
    alone = {OLD: street.stores[OLD]}
    lonely = SwitchedBlobStore(alone)
    bind = BindStore(MemoryUnitsOfWork(street.house.database), alone, lonely, RandomMint())
    await bind()
    await street.moving.begin(NEW)
    with pytest.raises(StoreMismatch):
        await bind.follow()
    for verb in (
        lonely.probe(),
        lonely.put(*await a_blob(street)),
        lonely.stat(street.house.pictures()[0].original.key),
    ):
        with pytest.raises(BlobStoreUnavailable):
            await verb
    with pytest.raises(StoreMismatch):
        await bind.follow()
    with pytest.raises(StoreMismatch):
        await bind()


async def test_a_store_of_somebody_else_or_none_is_refused(street: Street) -> None:
    await street.stores[NEW].write("somebody else")
    with pytest.raises(CannotMove, match="another installation"):
        await street.moving.begin(NEW)
    with pytest.raises(CannotMove, match="in use already"):
        await street.moving.begin(OLD)
    with pytest.raises(CannotMove, match="no store"):
        await street.moving.begin(StoreName("elsewhere"))
    with pytest.raises(CannotMove, match="no move"):
        await street.finish()


async def test_a_move_that_was_only_announced_can_be_called_off(street: Street) -> None:
    await street.moving.begin(NEW)
    with pytest.raises(CannotMove, match="called off"):
        await street.moving.begin(OLD)
    home, place = await street.moving.where()
    assert (home, place) == (OLD, None)
    await street.move(NEW)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after it took effect"])
@pytest.mark.parametrize("failure", [Crash, DatabaseUnavailable, BlobStoreUnavailable])
async def test_wherever_a_move_dies_it_goes_on_and_loses_nothing(
    open_house: OpenHouse, failure: Callable[[], BaseException], after: bool
) -> None:
    async def moved(fate: Fate) -> tuple[Street, list[Image]]:
        house = open_house(Fate())
        street = Street(house)
        await street.process()
        kept = [await house.store(a_picture(seed=seed)) for seed in (1, 2)]
        dropped = await house.store(a_picture(seed=3))
        street.fate.__dict__.update(fate.__dict__)
        try:
            await street.move(NEW)
            await house.delete(dropped)
            await street.finish()
        except (Crash, CalotypeError):
            street.fate.fail_at = 0
            await street.check_readable(await street.process())
        return street, kept

    whole, _ = await moved(Fate())
    assert whole.fate.calls > 30, "the move became so short that it proves nothing"
    for call in range(1, whole.fate.calls + 1):
        street, kept = await moved(Fate(fail_at=call, failure=failure, after=after))
        house = street.house
        for image in house.pictures()[2:]:
            await house.delete(image)
        home, under_way = await street.moving.where()
        if home == OLD or under_way is not None:
            await street.move(NEW)
            await street.finish()
        elif await street.stores[OLD].read() is not None:
            await street.finish()
        assert await street.keys(OLD) == set()
        assert {image.original.key for image in kept} <= await street.keys(NEW)
        await street.check_readable(await street.process())
