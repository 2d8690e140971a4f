"""Moving between stores: every blob stays readable, every write is kept, and an interrupted move can be resumed."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.blobs.switched import SwitchedBlobStore, SwitchedLinks
from adapters.memory.units_of_work import MemoryUnitsOfWork
from adapters.system.random_values import SystemRandomValues
from domain.errors import (
    BlobStoreUnavailable,
    CalotypeError,
    CannotMove,
    DatabaseUnavailable,
    StoreMismatch,
)
from domain.model.images.image import Image
from domain.model.storage.store_move import MovePhase, StoreName
from domain.ports.blobs import BlobLinks
from domain.use_cases.images.image_bytes import link_to
from domain.use_cases.stores.bind_store import BindStore
from domain.use_cases.stores.copy_blob import CopyOutcome
from domain.use_cases.stores.move_steps import NOTICE
from domain.use_cases.stores.move_store import BlobDone, MoveAnnounced, MoveTally, RoundBegun
from kit.fixtures.application import Application
from kit.fixtures.faults import Crash, FaultPlan
from kit.fixtures.store_moves import LONGEST_PUT, NEW, OLD, MovingStores, a_blob
from kit.images.samples import sample_image

pytestmark = pytest.mark.anyio

OpenApplication = Callable[[FaultPlan], Application]


async def test_all_blobs_are_in_the_new_store_and_none_in_the_old(moving: MovingStores) -> None:
    before = await moving.keys(OLD)
    await moving.move(NEW)
    assert await moving.keys(OLD) == before, "the old store is untouched until the end"
    await moving.check_readable(await moving.process())
    await moving.finish()
    assert (await moving.keys(OLD), await moving.keys(NEW)) == (set(), before)
    assert await moving.stores[OLD].read() is None
    await moving.check_readable(await moving.process())


async def test_a_blob_written_to_the_old_store_during_a_round_is_copied_by_the_next(moving: MovingStores) -> None:
    late = await moving.process()
    key, path = await a_blob(moving)
    put = False
    rounds: list[int] = []
    async for event in moving.move_store(NEW):
        match event:
            case MoveAnnounced(followed_within=period):
                announced_at = moving.application.clock.now()
            case RoundBegun(blobs=number):
                rounds.append(number)
                assert moving.application.clock.now() == announced_at + 2 * period
            case BlobDone(key=done) if done == key and not put:
                await late.put(key, path)
                put = True
            case MoveTally():
                tally = event
    assert key in await moving.keys(NEW)
    assert rounds == [len(await moving.keys(NEW))] * 3, "until a round copies nothing"
    assert (tally.copied, tally.there) == (rounds[0], rounds[0])
    assert tally.is_complete


async def test_a_round_continues_after_a_blob_that_cannot_be_copied(moving: MovingStores) -> None:
    first, second, _ = moving.application.images()
    moving.application.blobs._blobs[first.original.key] = b"rot"
    await moving.application.blobs.delete(second.original.key)
    everything = len(moving.application.database.state.blobs)
    *_, tally = [event async for event in moving.move_store(NEW)]
    assert isinstance(tally, MoveTally)
    assert (tally.copied, tally.missing, tally.damaged) == (everything - 2, 1, 1)
    assert not tally.is_complete


async def test_a_survey_counts_what_a_move_would_copy(moving: MovingStores) -> None:
    blobs = {key: facts for image in moving.application.images() for key, facts in image.blobs().items()}
    survey = await moving.move_store.survey(NEW)
    assert (survey.blobs, survey.to_copy) == (len(blobs), len(blobs))
    assert survey.bytes_to_copy == sum(facts.size for facts in blobs.values())
    await moving.move(NEW)
    assert (await moving.move_store.survey(NEW)).to_copy == 0


async def test_a_move_back_works_like_any_move(moving: MovingStores) -> None:
    before = await moving.keys(OLD)
    for to in (NEW, OLD):
        await moving.move(to)
        await moving.finish()
    assert (await moving.keys(OLD), await moving.keys(NEW)) == (before, set())
    await moving.check_readable(await moving.process())


async def test_a_move_can_be_reversed_before_it_is_finished(moving: MovingStores) -> None:
    await moving.move(NEW)
    switch = await moving.process()
    moving.application.blobs = moving.stores[NEW]
    await switch.put(*await a_blob(moving))
    await moving.move(OLD)
    await moving.finish()
    assert await moving.keys(NEW) == set()
    await moving.check_readable(await moving.process())
    assert await moving.process() is not None


async def test_blobs_that_were_not_copied_stay_readable_while_a_move_is_led_back_and_forth(
    moving: MovingStores,
) -> None:
    await moving.steps.proceed(await moving.steps.begin(NEW))
    for to in (OLD, NEW, OLD):
        place = await moving.steps.begin(to)
        await moving.check_readable(await moving.process())
        assert (place.target, place.phase) == (to, MovePhase.MOVING), "every process reads from both stores already"
    await moving.move(OLD)
    await moving.finish()
    await moving.check_readable(await moving.process())


async def test_a_process_that_has_not_seen_the_move_finds_blobs_of_one_that_has(moving: MovingStores) -> None:
    late = await moving.process()
    place = await moving.steps.begin(NEW)
    announced = await moving.process()
    assert place.phase is MovePhase.ANNOUNCED
    key, path = await a_blob(moving)
    await announced.put(key, path)
    assert (await late.stat(key)).size == 5, "while the move is announced, blobs are written where all processes look"
    await moving.steps.proceed(place)
    latest = await moving.process()
    key, path = await a_blob(moving)
    await latest.put(key, path)
    assert (await announced.stat(key)).size == 5
    for switch in (announced, latest):
        await moving.check_readable(switch)
    assert late.binding != latest.binding
    await moving.binding(late).follow()
    assert late.binding == latest.binding


async def test_links_point_to_the_service_during_a_move(moving: MovingStores) -> None:
    class Elsewhere(BlobLinks):
        def sign(self, target: Any, at: Any) -> str:
            return "https://store.example.org/"

        def longest_lifetime(self) -> float:
            return 3600

    application = moving.application
    switch = await moving.process()
    links = SwitchedLinks(switch, {OLD: Elsewhere(), NEW: Elsewhere()}, application.links)
    target = link_to(application.images()[0])
    assert links.sign(target, application.clock.now()).startswith("https://")
    await moving.steps.begin(NEW)
    await moving.binding(switch).follow()
    assert links.sign(target, application.clock.now()).startswith("/image/")


async def test_the_old_store_is_kept_until_links_into_it_have_expired(moving: MovingStores) -> None:
    class Elsewhere(BlobLinks):
        def sign(self, target: Any, at: Any) -> str:
            return "https://store.example.org/"

        def longest_lifetime(self) -> float:
            return 7200

    object.__setattr__(moving.steps, "links", {OLD: Elsewhere(), NEW: moving.application.links})
    await moving.move(NEW)
    with pytest.raises(CannotMove, match="promised to last"):
        await moving.finish()
    moving.application.clock.advance(seconds=7201)
    await moving.finish()
    assert await moving.keys(OLD) == set()


async def test_a_damaged_or_missing_blob_is_reported_and_the_old_store_is_kept(moving: MovingStores) -> None:
    first, second, _ = moving.application.images()
    moving.application.blobs._blobs[first.original.key] = b"rot"
    await moving.application.blobs.delete(second.original.key)
    place = await moving.steps.begin(NEW)
    await moving.steps.proceed(place)
    outcomes = {record.key: await moving.steps.copy(record, place) async for record in moving.steps.needed()}
    assert outcomes[first.original.key] is CopyOutcome.DAMAGED
    assert outcomes[second.original.key] is CopyOutcome.MISSING
    with pytest.raises(CannotMove, match="not in the new store: 2"):
        await moving.finish()
    for image in (first, second):
        await moving.application.delete(image)
    await moving.finish()


async def test_an_upload_under_way_at_the_switch_is_waited_for_and_kept(moving: MovingStores) -> None:
    late = await moving.process()
    key, path = await a_blob(moving)
    moving.application.clock.advance(seconds=1)
    await moving.move(NEW)
    with pytest.raises(CannotMove, match="still be in progress"):
        await moving.finish()
    await late.put(key, path)
    moving.application.clock.at += NOTICE + LONGEST_PUT
    await moving.finish()
    assert key in await moving.keys(NEW)


async def test_a_store_that_the_settings_lack_refuses_all_access(moving: MovingStores) -> None:
    alone = {OLD: moving.stores[OLD]}
    lonely = SwitchedBlobStore(alone)
    bind = BindStore(MemoryUnitsOfWork(moving.application.database), alone, lonely, SystemRandomValues())
    await bind()
    await moving.steps.proceed(await moving.steps.begin(NEW))
    with pytest.raises(StoreMismatch):
        await bind.follow()
    for verb in (
        lonely.probe(),
        lonely.put(*await a_blob(moving)),
        lonely.stat(moving.application.images()[0].original.key),
    ):
        with pytest.raises(BlobStoreUnavailable):
            await verb
    with pytest.raises(StoreMismatch):
        await bind.follow()
    with pytest.raises(StoreMismatch):
        await bind()


async def test_a_target_that_is_unknown_in_use_or_of_another_installation_is_refused(moving: MovingStores) -> None:
    await moving.stores[NEW].write("another database")
    with pytest.raises(CannotMove, match="another installation"):
        await moving.steps.begin(NEW)
    with pytest.raises(CannotMove, match="in use already"):
        await moving.steps.begin(OLD)
    with pytest.raises(CannotMove, match="no store named"):
        await moving.steps.begin(StoreName("elsewhere"))
    with pytest.raises(CannotMove, match="No move"):
        await moving.finish()


async def test_a_move_that_was_only_announced_can_be_cancelled(moving: MovingStores) -> None:
    await moving.steps.begin(NEW)
    with pytest.raises(CannotMove, match="cancelled now"):
        await moving.steps.begin(OLD)
    home, place = await moving.steps.where()
    assert (home, place) == (OLD, None)
    await moving.move(NEW)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after it took effect"])
@pytest.mark.parametrize("failure", [Crash, DatabaseUnavailable, BlobStoreUnavailable])
async def test_a_move_that_fails_at_any_call_can_be_resumed_without_loss(
    open_application: OpenApplication, failure: Callable[[], BaseException], after: bool
) -> None:
    async def moved(faults: FaultPlan) -> tuple[MovingStores, list[Image]]:
        application = open_application(FaultPlan())
        moving = MovingStores(application)
        await moving.process()
        kept = [await application.store(sample_image(seed=seed)) for seed in (1, 2)]
        dropped = await application.store(sample_image(seed=3))
        moving.faults.__dict__.update(faults.__dict__)
        try:
            await moving.move(NEW)
            await application.delete(dropped)
            await moving.finish()
        except (Crash, CalotypeError):
            moving.faults.fail_at = 0
            await moving.check_readable(await moving.process())
        return moving, kept

    whole, _ = await moved(FaultPlan())
    assert whole.faults.calls > 30, "too few calls to prove anything"
    for call in range(1, whole.faults.calls + 1):
        moving, kept = await moved(FaultPlan(fail_at=call, failure=failure, after=after))
        application = moving.application
        for image in application.images()[2:]:
            await application.delete(image)
        home, under_way = await moving.steps.where()
        if home == OLD or under_way is not None:
            await moving.move(NEW)
            await moving.finish()
        elif await moving.stores[OLD].read() is not None:
            await moving.finish()
        assert await moving.keys(OLD) == set()
        assert {image.original.key for image in kept} <= await moving.keys(NEW)
        await moving.check_readable(await moving.process())
