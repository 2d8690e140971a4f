"""Images that are deleted while blobs are moved between stores: they are removed from both, and do not come back."""

from collections.abc import Callable

import pytest

from adapters.blobs.switched import SwitchedBlobStore
from adapters.memory.blobs import MemoryBlobStore
from domain.use_cases.stores.copy_blob import CopyOutcome
from kit.fixtures.application import LONG, Application
from kit.fixtures.faults import FaultPlan
from kit.fixtures.store_moves import NEW, OLD, MovingStores
from kit.images.samples import sample_image

pytestmark = pytest.mark.anyio

OpenApplication = Callable[[FaultPlan], Application]


async def test_an_image_deleted_during_the_move_is_removed_from_both_stores(moving: MovingStores) -> None:
    gone = moving.application.images()[0]
    await moving.move(NEW)
    await moving.delete(gone, await moving.process())
    assert not gone.blobs().keys() & (await moving.keys(OLD) | await moving.keys(NEW))
    await moving.finish()
    assert not gone.blobs().keys() & await moving.keys(NEW)


async def test_what_was_left_by_an_image_deleted_during_the_move_is_swept_after_it(moving: MovingStores) -> None:
    gone = moving.application.images()[0]
    await moving.move(NEW)
    late = SwitchedBlobStore({OLD: MemoryBlobStore()})
    await moving.delete(gone, late)
    moving.application.clock.at += LONG
    await moving.application.sweep_blobs()
    assert gone.original.key in await moving.keys(OLD), "nothing is swept meanwhile"
    await moving.finish()
    moving.application.blobs = moving.stores[NEW]
    moving.application.__post_init__()
    await moving.binding(moving.application.switch)()
    moving.application.clock.at += LONG
    await moving.application.sweep_blobs()
    assert gone.original.key not in await moving.keys(OLD) | await moving.keys(NEW)


async def test_a_blob_deleted_while_it_is_copied_does_not_come_back(moving: MovingStores) -> None:
    gone = moving.application.images()[0]
    place = await moving.steps.begin(NEW)
    records = [record async for record in moving.steps.needed()]
    await moving.delete(gone, SwitchedBlobStore({OLD: MemoryBlobStore()}))
    outcomes = [await moving.steps.copy(record, place) for record in records if record.key in gone.blobs()]
    assert outcomes == [CopyOutcome.THERE] * len(gone.blobs())
    assert not gone.blobs().keys() & await moving.keys(NEW)


async def test_a_deletion_at_any_call_of_the_end_of_a_move_does_not_disturb_it(
    open_application: OpenApplication,
) -> None:
    async def finished(faults: FaultPlan) -> MovingStores:
        moving = MovingStores(open_application(FaultPlan()))
        await moving.process()
        gone, kept = [await moving.application.store(sample_image(seed=seed)) for seed in (1, 2)]
        await moving.move(NEW)
        moving.faults.__dict__.update(faults.__dict__)

        async def delete() -> None:
            if not moving.application.database.turn.locked():  # otherwise the deletion would wait until after the call
                await moving.delete(gone, await moving.process())

        moving.faults.disturbance = delete
        await moving.finish()
        if moving.application.images() == [kept]:
            deleted.append(faults.disturb_at)
            assert not gone.blobs().keys() & await moving.keys(NEW)
        assert await moving.keys(OLD) == set()
        await moving.check_readable(await moving.process())
        return moving

    deleted: list[int] = []
    calls = (await finished(FaultPlan())).faults.calls
    assert calls > 20, "too few calls to prove anything"
    for call in range(1, calls + 1):
        await finished(FaultPlan(disturb_at=call))
    assert len(deleted) > calls / 2
