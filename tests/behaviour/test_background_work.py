"""Variants in the background, and the sweeper."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from adapters.blobs.switched import SwitchedBlobStore
from adapters.jobs.embedded import EmbeddedJobQueue, EmbeddedQueuePace
from adapters.memory.units_of_work import MemoryUnitsOfWork
from adapters.system.clock import SystemClock
from behaviour.crashing import Fate
from behaviour.house import LONG, House
from domain.errors import BlobNotFound, CodecBusy, ImageNotFound, PreconditionFailed, StoreMismatch, UndecodableImage
from domain.model.images.image import Precondition
from domain.model.images.naming import ImageReference
from domain.model.images.variant import VariantState
from domain.model.storage.blob import Digest
from domain.model.storage.store_move import Binding, StoreName
from domain.ports.repositories import VariantJob
from domain.use_cases.images.open_image import OpenLink, link_to
from domain.use_cases.stores.bind_store import BindStore
from kit.pictures.samples import a_picture

pytestmark = pytest.mark.anyio

OpenHouse = Callable[[Fate], House]
PICTURE, OTHER = a_picture(seed=1, height=400), a_picture(seed=2, height=400)


async def test_variants_are_made_once_however_often_the_job_runs(house: House) -> None:
    image = await house.store(PICTURE)
    job = VariantJob(image.id, image.original.key)
    await house.make_variants(job)
    made = house.pictures()[0]
    await house.make_variants(job)
    assert house.pictures() == [made]
    heights = {each.name: each.made.dimensions.height for each in made.variants if each.made}
    assert heights == {"small": 100, "medium": 300}
    await house.settle()


async def test_what_was_made_of_replaced_bytes_is_thrown_away(house: House) -> None:
    image = await house.store(PICTURE)
    stale = VariantJob(image.id, image.original.key)
    house.fate.disturb_at = house.fate.calls + 6  # amid the work

    async def replace_it() -> None:
        house.fate.disturb_at = 0
        await house.replace(ImageReference(id=image.id), OTHER)

    house.fate.disturbance = replace_it
    await house.make_variants(stale)
    (now,) = house.pictures()
    assert all(each.state is VariantState.PENDING for each in now.variants)
    await house.settle()


async def test_a_picture_deleted_amid_the_work_leaves_nothing(house: House) -> None:
    image = await house.store(PICTURE)
    house.fate.disturb_at = house.fate.calls + 6
    house.fate.disturbance = lambda: house.delete(image)
    await house.make_variants(VariantJob(image.id, image.original.key))
    assert house.pictures() == []
    await house.settle()


class Failing:
    """A codec that fails to derive with a given error, some times."""

    def __init__(self, error: Exception, times: int, then: Any) -> None:
        self._error, self._times, self._then = error, times, then

    async def derive(self, *arguments: Any) -> Any:
        if self._times:
            self._times -= 1
            raise self._error
        return await self._then.derive(*arguments)


async def states_after(
    house: House, error: Exception, times: int, rounds: int
) -> list[tuple[VariantState, str | None]]:
    image = await house.store(PICTURE)
    failing: Any = Failing(error, times, house.codec)
    house.make_variants = replace(house.make_variants, codec=failing)
    for _ in range(rounds):
        house.clock.advance(minutes=11)
        await house.make_pending()
    (image,) = house.pictures()
    return [(each.state, each.failure) for each in image.variants]


async def test_a_picture_that_cannot_be_printed_is_tried_again_and_then_marked_failed(house: House) -> None:
    pending, failed = ((state, "undecodable-image") for state in (VariantState.PENDING, VariantState.FAILED))
    assert await states_after(house, UndecodableImage(), 99, rounds=4) == [pending, pending]
    house.clock.advance(minutes=11)
    await house.make_pending()
    assert [(each.state, each.failure) for each in house.pictures()[0].variants] == [failed, failed]


async def test_a_try_that_failed_by_bad_luck_is_made_good_by_the_next(house: House) -> None:
    ready = (VariantState.READY, None)
    assert await states_after(house, UndecodableImage(), 2, rounds=3) == [ready, ready]


async def test_lost_bytes_are_a_failure_that_can_be_seen(house: House) -> None:
    image = await house.store(PICTURE)
    await house.blobs.delete(image.original.key)
    house.acknowledged.clear()
    await house.make_pending()
    assert [each.failure for each in house.pictures()[0].variants] == [BlobNotFound.code] * 2


async def test_busy_workers_are_waited_for_however_long_it_takes(house: House) -> None:
    ready = (VariantState.READY, None)
    assert await states_after(house, CodecBusy(), 12, rounds=13) == [ready, ready]


async def test_a_picture_whose_every_try_dies_is_given_up(house: House) -> None:
    await house.store(PICTURE)
    for _ in range(5):  # each claims the job, and is killed
        async with house.units.writing() as unit:
            await unit.variant_jobs.claim(at=house.clock.now(), until=house.clock.now(), limit=1)
            await unit.commit()
    await house.make_pending()
    assert [each.failure for each in house.pictures()[0].variants] == ["worker-died"] * 2
    assert await house.make_pending() == 0


async def test_the_queue_survives_a_handler_that_fails_and_takes_up_what_it_left(house: House) -> None:
    pace = EmbeddedQueuePace(concurrency=2, poll=0.01, lease=0.05)
    house.clock.at = SystemClock().now()
    first, second = await house.store(PICTURE), await house.store(OTHER)
    queue = EmbeddedJobQueue(MemoryUnitsOfWork(house.database), SystemClock(), pace)
    handled: list[int] = []
    done = asyncio.Event()

    async def handle(job: VariantJob) -> None:
        handled.append(job.image)
        if handled.count(job.image) == 1:
            raise RuntimeError("a mistake")
        house.clock.at = SystemClock().now()
        await house.make_variants(job)
        if all(each.made for image in house.pictures() for each in image.variants):
            done.set()

    running = asyncio.create_task(queue.run(handle))
    async with asyncio.timeout(20):
        await done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert sorted(handled) == [first.id, first.id, second.id, second.id]


async def test_a_long_job_is_not_given_to_anybody_else(house: House) -> None:
    pace = EmbeddedQueuePace(concurrency=2, poll=0.01, lease=0.06)
    house.clock.at = SystemClock().now()
    await house.store(PICTURE)
    queue = EmbeddedJobQueue(MemoryUnitsOfWork(house.database), SystemClock(), pace)
    handled: list[int] = []

    async def handle(job: VariantJob) -> None:
        handled.append(job.image)
        await asyncio.sleep(0.5)

    running = asyncio.create_task(queue.run(handle))
    await asyncio.sleep(0.4)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(handled) == 1


# Replacement and links


async def test_a_link_opens_its_bytes_after_a_replacement_but_not_after_a_deletion(house: House) -> None:
    open_link = OpenLink(house.links, house.lookups, house.clock)
    image = await house.store(PICTURE)
    query = dict(
        part.split("=", 1) for part in house.links.sign(link_to(image), house.clock.now()).split("?")[1].split("&")
    )
    first_query = query
    await house.replace(ImageReference(name=image.name), OTHER)
    house.clock.advance(minutes=30)
    await house.sweep_blobs()
    opened = await open_link(image.name, None, query)
    assert opened.facts == image.original.facts
    assert opened.linked.key in await house.in_store()

    (image,) = house.pictures()
    query = dict(
        part.split("=", 1) for part in house.links.sign(link_to(image), house.clock.now()).split("?")[1].split("&")
    )
    await open_link(image.name, None, query)
    await house.delete(image)
    for withdrawn in (query, first_query):
        with pytest.raises(ImageNotFound):
            await open_link(image.name, None, withdrawn)
    house.clock.at += LONG
    await house.settle()


async def test_a_precondition_that_fails_amid_the_upload_keeps_the_newer_bytes(house: House) -> None:
    image = await house.store(PICTURE)
    reference = ImageReference(id=image.id)
    precondition = Precondition(frozenset({Digest(image.original.facts.digest)}))
    house.fate.disturb_at = house.fate.calls + 5

    async def somebody_else_is_faster() -> None:
        house.fate.disturb_at = 0
        await house.replace(reference, OTHER)

    house.fate.disturbance = somebody_else_is_faster
    with pytest.raises(PreconditionFailed):
        await house.replace(reference, a_picture(seed=9), precondition=precondition)
    assert house.pictures()[0].original.facts.digest != image.original.facts.digest
    await house.settle()


async def test_a_new_name_that_is_taken_gets_a_suffix(house: House) -> None:
    first = await house.store(PICTURE, "a.png")
    second = await house.store(PICTURE, "a.png")
    assert first.name == "a.png"
    assert second.name.startswith("a_")
    renamed = await house.replace(ImageReference(id=second.id), OTHER, "a.png")
    assert renamed.name.startswith("a_")
    same = await house.replace(ImageReference(id=first.id), OTHER, "a.png")
    assert same.name == "a.png"


# Store and database belong together


def binding(house: House) -> BindStore:
    stores = {StoreName("storage"): house.blobs}
    return BindStore(house.units, stores, SwitchedBlobStore(stores), house.mint)


async def test_a_fresh_store_is_bound_and_stays_bound(house: House) -> None:
    bind = binding(house)
    await bind(create=False)
    assert await house.blobs.read() is None
    await bind()
    await bind()
    assert house.database.state.binding == Binding(await house.blobs.read() or "")


async def test_a_crash_amid_binding_is_made_good_by_the_next_start(open_house: OpenHouse) -> None:
    house = open_house(Fate())
    house.database.state.binding = Binding("decided, and not yet marked")
    await binding(house)()
    assert await house.blobs.read() == "decided, and not yet marked"


@pytest.mark.parametrize("mark", [None, "another store"])
async def test_an_unmounted_or_foreign_store_is_noticed(house: House, mark: str | None) -> None:
    bind = binding(house)
    await bind()
    await house.store(PICTURE)
    house.blobs._identity = mark
    with pytest.raises(StoreMismatch):
        await bind()
