"""Processes that lack the new store of a move: they object while it is announced, and nothing happens."""

import pytest

from adapters.blobs.switched import SwitchedBlobStore
from adapters.memory.units_of_work import MemoryUnitsOfWork
from adapters.system.random_values import SystemRandomValues
from domain.errors import StoreMismatch, StoreNotEverywhere
from domain.use_cases.stores.bind_store import BindStore
from domain.use_cases.stores.move_store import MoveAnnounced
from kit.fixtures.store_moves import NEW, OLD, MovingStores, a_blob

pytestmark = pytest.mark.anyio


async def test_a_move_to_a_store_that_a_process_lacks_is_refused_by_its_name_and_nothing_happens(
    moving: MovingStores,
) -> None:
    alone = {OLD: moving.stores[OLD]}
    lonely = SwitchedBlobStore(alone)
    units = MemoryUnitsOfWork(moving.application.database)
    bind = BindStore(units, alone, lonely, SystemRandomValues(), "7 on a.example")
    await bind()
    moves = moving.move_store(NEW)
    assert isinstance(await anext(moves), MoveAnnounced)
    for _ in range(2):
        with pytest.raises(StoreMismatch):
            await bind.follow()
    key, path = await a_blob(moving)
    await lonely.put(key, path)
    with pytest.raises(StoreNotEverywhere, match=r"'storage.other': 7 on a\.example\.") as refused:
        await anext(moves)
    assert (refused.value.store, refused.value.processes) == (NEW, ("7 on a.example",))
    await bind.follow()
    assert (await lonely.stat(key)).size == 5
    assert await moving.keys(NEW) == set()
    await moving.move(NEW)


async def test_an_objection_from_before_the_move_was_continued_is_forgotten(moving: MovingStores) -> None:
    units = MemoryUnitsOfWork(moving.application.database)
    await moving.steps.begin(NEW)
    async with units.writing() as unit:
        await unit.store_binding.object("one that has the store by now")
        await unit.commit()
    await moving.move(NEW)
