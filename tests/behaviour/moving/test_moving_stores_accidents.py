"""Failures during a move: wrong settings, stores that do not answer, concurrent commands."""

from collections.abc import Callable

import pytest

from adapters.blobs.switched import SwitchedBlobStore
from adapters.memory.blobs import MemoryBlobStore
from adapters.memory.units_of_work import MemoryUnitsOfWork
from adapters.system.random_values import SystemRandomValues
from domain.errors import BlobStoreUnavailable, CannotMove
from domain.model.storage.store_move import MovePlace, StoreRoles
from domain.use_cases.stores.bind_store import BindStore
from kit.fixtures.application import LONG, Application
from kit.fixtures.faults import FaultPlan
from kit.fixtures.store_moves import NEW, OLD, MovingStores, a_blob

pytestmark = pytest.mark.anyio

OpenApplication = Callable[[FaultPlan], Application]


async def test_two_sections_that_lead_to_one_store_are_refused_and_nothing_is_removed(moving: MovingStores) -> None:
    moving.stores[NEW] = moving.stores[OLD]
    moving.__post_init__()
    moving.stores[NEW] = moving.stores[OLD]
    object.__setattr__(moving.steps, "stores", {OLD: moving.stores[OLD], NEW: moving.stores[OLD]})
    before = await moving.keys(OLD)
    for verb in (moving.finish, lambda: moving.move(NEW)):
        with pytest.raises(CannotMove, match="same mark"):
            await verb()
    assert await moving.keys(OLD) == before


async def test_the_store_in_use_is_never_emptied(moving: MovingStores) -> None:
    await moving.move(NEW)
    await moving.finish()
    place = MovePlace(source=NEW, target=OLD, phase=None, since=moving.application.clock.now())
    with pytest.raises(CannotMove, match="in use"):
        async for _ in moving.steps.clear(place):
            pass
    await moving.check_readable(await moving.process())


class Silent(MemoryBlobStore):
    """A store that one process cannot reach."""

    async def read(self) -> str | None:
        raise BlobStoreUnavailable("no way there")


async def test_a_process_that_cannot_reach_the_new_store_writes_to_none(moving: MovingStores) -> None:
    stores = {OLD: moving.stores[OLD], NEW: Silent()}
    cut_off = SwitchedBlobStore(stores)
    bind = BindStore(MemoryUnitsOfWork(moving.application.database), stores, cut_off, SystemRandomValues())
    await bind()
    await cut_off.probe()
    await moving.move(NEW)
    await moving.finish()
    with pytest.raises(BlobStoreUnavailable):
        await bind.follow()
    with pytest.raises(BlobStoreUnavailable):
        await cut_off.put(*await a_blob(moving))
    assert await moving.keys(OLD) == set()


async def test_a_move_goes_on_for_a_process_while_no_store_tells_its_mark(moving: MovingStores) -> None:
    asked = dict(moving.stores)
    switch = SwitchedBlobStore(moving.stores)
    bind = BindStore(MemoryUnitsOfWork(moving.application.database), asked, switch, SystemRandomValues())
    await bind()
    place = await moving.steps.begin(NEW)
    await bind.follow()
    asked |= {OLD: Silent(), NEW: Silent()}
    await moving.steps.proceed(place)
    await bind.follow()
    assert switch.roles == StoreRoles(NEW, (NEW, OLD))
    await moving.move(NEW)
    await moving.finish()
    await bind.follow()
    assert switch.roles == StoreRoles(NEW, (NEW,))
    await moving.check_readable(switch)


async def test_a_process_uses_the_old_store_until_the_new_one_of_an_announced_move_answers(
    moving: MovingStores,
) -> None:
    asked = dict(moving.stores)
    switch = SwitchedBlobStore(moving.stores)
    bind = BindStore(MemoryUnitsOfWork(moving.application.database), asked, switch, SystemRandomValues())
    await bind()
    place = await moving.steps.begin(NEW)
    asked[NEW] = Silent()
    with pytest.raises(BlobStoreUnavailable):
        await bind.follow()
    await moving.check_readable(switch)
    await moving.steps.proceed(place)
    with pytest.raises(BlobStoreUnavailable):
        await bind.follow()
    with pytest.raises(BlobStoreUnavailable):  # others may have written to the new one
        await switch.probe()
    asked[NEW] = moving.stores[NEW]
    await bind.follow()
    await moving.check_readable(switch)


async def test_the_old_store_is_not_needed_after_the_move(moving: MovingStores) -> None:
    await moving.move(NEW)
    await moving.finish()
    stores = {OLD: Silent(), NEW: moving.stores[NEW]}
    switch = SwitchedBlobStore(stores)
    await BindStore(MemoryUnitsOfWork(moving.application.database), stores, switch, SystemRandomValues())()
    await moving.check_readable(switch)


async def test_an_empty_database_that_moved_does_not_bind_the_old_store_again(moving: MovingStores) -> None:
    await moving.move(NEW)
    await moving.finish()
    moving.application.database.state.blobs.clear()
    moving.application.database.state.images.clear()
    switch = await moving.process()
    assert switch.only == NEW
    assert await moving.stores[OLD].read() is None


async def test_a_move_stops_when_it_is_cancelled(moving: MovingStores) -> None:
    place = await moving.steps.begin(NEW)
    with pytest.raises(CannotMove, match="cancelled now"):
        await moving.steps.begin(OLD)
    with pytest.raises(CannotMove):
        await moving.steps.proceed(place)


async def test_a_blob_deleted_while_the_old_store_is_emptied_is_removed_from_it(moving: MovingStores) -> None:
    gone = moving.application.images()[0]
    await moving.move(NEW)
    await moving.application.delete(gone)
    place = await moving.steps.finish(break_links=False)
    moving.application.blobs = moving.stores[NEW]
    moving.application.__post_init__()
    await moving.binding(moving.application.switch)()
    moving.application.clock.at += LONG
    await moving.application.sweep_blobs()
    async for _ in moving.steps.clear(place):
        pass
    assert await moving.keys(OLD) == set()


async def test_the_old_store_gives_what_went_bad_in_the_new_one(moving: MovingStores) -> None:
    first, *_ = moving.application.images()
    key = first.original.key
    await moving.move(NEW)
    new, old = moving.stores[NEW], moving.stores[OLD]
    whole = new._blobs[key]
    new._blobs[key] = bytes(len(whole))
    await moving.finish()
    assert new._blobs[key] == whole
    assert await moving.keys(OLD) == set()
    assert await old.read() is None


async def test_what_is_bad_in_both_stores_is_removed_from_neither(moving: MovingStores) -> None:
    first, *_ = moving.application.images()
    key = first.original.key
    await moving.move(NEW)
    for store in (moving.stores[OLD], moving.stores[NEW]):
        store._blobs[key] = bytes(len(store._blobs[key]))
    with pytest.raises(CannotMove):
        await moving.finish()
    assert (await moving.keys(OLD), key in await moving.keys(NEW)) == ({key}, True)
    await moving.application.delete(first)
    await moving.finish()
    assert await moving.keys(OLD) == set()
