"""What goes wrong around a move: wrong settings, stores that do not answer, two who meddle at once."""

from collections.abc import Callable

import pytest

from adapters.blobs.switched import SwitchedBlobStore
from adapters.memory.blobs import MemoryBlobStore
from adapters.memory.units_of_work import MemoryUnitsOfWork
from adapters.system.mint import RandomMint
from behaviour.crashing import Fate
from behaviour.house import LONG, House
from behaviour.street import NEW, OLD, Street, a_blob
from domain.errors import BlobStoreUnavailable, CannotMove
from domain.use_cases.stores.bind_store import BindStore
from domain.use_cases.stores.move_store import MovePlace

pytestmark = pytest.mark.anyio

OpenHouse = Callable[[Fate], House]


async def test_two_sections_that_lead_to_one_store_are_refused_and_nothing_is_removed(street: Street) -> None:
    street.stores[NEW] = street.stores[OLD]
    street.__post_init__()
    street.stores[NEW] = street.stores[OLD]
    object.__setattr__(street.moving, "stores", {OLD: street.stores[OLD], NEW: street.stores[OLD]})
    before = await street.keys(OLD)
    for verb in (street.finish, lambda: street.move(NEW)):
        with pytest.raises(CannotMove, match="same mark"):
            await verb()
    assert await street.keys(OLD) == before


async def test_the_store_in_use_is_never_emptied(street: Street) -> None:
    await street.move(NEW)
    await street.finish()
    place = MovePlace(source=NEW, target=OLD, phase=None, since=street.house.clock.now())
    with pytest.raises(CannotMove, match="in use"):
        async for _ in street.moving.clear(place):
            pass
    await street.check_readable(await street.process())


class Silent(MemoryBlobStore):
    """A store that one process cannot reach."""

    async def read(self) -> str | None:
        raise BlobStoreUnavailable("no way there")


async def test_a_process_that_cannot_reach_the_new_store_writes_to_none(street: Street) -> None:
    stores = {OLD: street.stores[OLD], NEW: Silent()}
    cut_off = SwitchedBlobStore(stores)
    bind = BindStore(MemoryUnitsOfWork(street.house.database), stores, cut_off, RandomMint())
    await bind()
    await cut_off.probe()
    await street.move(NEW)
    await street.finish()
    with pytest.raises(BlobStoreUnavailable):
        await bind.follow()
    with pytest.raises(BlobStoreUnavailable):
        await cut_off.put(*await a_blob(street))
    assert await street.keys(OLD) == set()


async def test_the_old_store_may_be_switched_off_when_the_move_is_finished(street: Street) -> None:
    await street.move(NEW)
    await street.finish()
    stores = {OLD: Silent(), NEW: street.stores[NEW]}
    switch = SwitchedBlobStore(stores)
    await BindStore(MemoryUnitsOfWork(street.house.database), stores, switch, RandomMint())()
    await street.check_readable(switch)


async def test_an_empty_database_that_moved_does_not_adopt_the_old_store_again(street: Street) -> None:
    await street.move(NEW)
    await street.finish()
    street.house.database.state.blobs.clear()
    street.house.database.state.images.clear()
    switch = await street.process()
    assert switch.only == NEW
    assert await street.stores[OLD].read() is None


async def test_a_move_that_was_called_off_meanwhile_does_not_go_on(street: Street) -> None:
    place = await street.moving.begin(NEW)
    with pytest.raises(CannotMove, match="called off"):
        await street.moving.begin(OLD)
    with pytest.raises(CannotMove):
        await street.moving.proceed(place)


async def test_what_was_deleted_and_forgotten_during_the_emptying_is_removed_as_well(street: Street) -> None:
    gone = street.house.pictures()[0]
    await street.move(NEW)
    await street.house.delete(gone)
    place = await street.moving.finish(break_links=False)
    street.house.blobs = street.stores[NEW]
    street.house.__post_init__()
    await street.binding(street.house.switch)()
    street.house.clock.at += LONG
    await street.house.sweep_blobs()
    async for _ in street.moving.clear(place):
        pass
    assert await street.keys(OLD) == set()
