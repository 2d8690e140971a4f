"""Making variants in the background, and the sweep."""

import asyncio
from collections.abc import Callable

import pytest

from adapters.blobs.switched import SwitchedBlobStore
from adapters.jobs.embedded import EmbeddedJobQueue, EmbeddedQueuePace
from adapters.memory.units_of_work import MemoryUnitsOfWork
from adapters.system.clock import SystemClock
from domain.errors import BlobNotFound, CodecBusy, ImageNotFound, PreconditionFailed, StoreMismatch, UndecodableImage
from domain.model.images.image import Precondition
from domain.model.images.naming import ImageReference
from domain.model.images.variant import MAKE_VARIANTS, VariantState, variants_job
from domain.model.jobs.job import JobReference
from domain.model.storage.blob import Digest
from domain.model.storage.store_move import Binding, StoreName
from domain.ports.jobs import Lane
from domain.use_cases.images.image_bytes import link_to
from domain.use_cases.images.open_link import OpenLink
from domain.use_cases.stores.bind_store import BindStore
from kit.fixtures.application import LONG, Application
from kit.fixtures.failing_codec import FailingCodec
from kit.fixtures.faults import FaultPlan
from kit.images.samples import sample_image

pytestmark = pytest.mark.anyio

OpenApplication = Callable[[FaultPlan], Application]
SAMPLE, OTHER = sample_image(seed=1, height=400), sample_image(seed=2, height=400)


async def test_variants_are_made_once_however_often_the_job_runs(application: Application) -> None:
    image = await application.store(SAMPLE)
    job = variants_job(image.id)
    await application.make_variants(job)
    made = application.images()[0]
    await application.make_variants(job)
    assert application.images() == [made]
    heights = {each.name: each.made.dimensions.height for each in made.variants if each.made}
    assert heights == {"small": 100, "medium": 300}
    await application.settle()


async def test_variants_of_replaced_bytes_are_discarded(application: Application) -> None:
    image = await application.store(SAMPLE)
    stale = variants_job(image.id)
    application.faults.disturb_at = application.faults.calls + 6  # while the variants are made

    async def replace_it() -> None:
        application.faults.disturb_at = 0
        await application.replace(ImageReference(id=image.id), OTHER)

    application.faults.disturbance = replace_it
    await application.make_variants(stale)
    (now,) = application.images()
    assert all(each.state is VariantState.PENDING for each in now.variants)
    await application.settle()


async def test_an_image_deleted_while_variants_are_made_leaves_no_blob(application: Application) -> None:
    image = await application.store(SAMPLE)
    application.faults.disturb_at = application.faults.calls + 6
    application.faults.disturbance = lambda: application.delete(image)
    await application.make_variants(variants_job(image.id))
    assert application.images() == []
    await application.settle()


async def states_after(
    application: Application, error: Exception, times: int, rounds: int
) -> list[tuple[VariantState, str | None]]:
    image = await application.store(SAMPLE)
    application.make_variants = FailingCodec(error, times, application.codec).making(application)
    for _ in range(rounds):
        application.clock.advance(minutes=11)
        await application.make_pending()
    (image,) = application.images()
    return [(each.state, each.failure) for each in image.variants]


async def test_a_variant_that_cannot_be_made_is_retried_and_then_fails(application: Application) -> None:
    pending, failed = ((state, "undecodable-image") for state in (VariantState.PENDING, VariantState.FAILED))
    assert await states_after(application, UndecodableImage(), 99, rounds=4) == [pending, pending]
    application.clock.advance(minutes=11)
    await application.make_pending()
    assert [(each.state, each.failure) for each in application.images()[0].variants] == [failed, failed]


async def test_a_retry_succeeds_after_a_temporary_failure(application: Application) -> None:
    ready = (VariantState.READY, None)
    assert await states_after(application, UndecodableImage(), 2, rounds=3) == [ready, ready]


async def test_a_missing_original_is_recorded_as_the_failure(application: Application) -> None:
    image = await application.store(SAMPLE)
    await application.blobs.delete(image.original.key)
    application.acknowledged.clear()
    await application.make_pending()
    assert [each.failure for each in application.images()[0].variants] == [BlobNotFound.code] * 2


async def test_busy_workers_do_not_use_up_attempts(application: Application) -> None:
    ready = (VariantState.READY, None)
    assert await states_after(application, CodecBusy(), 12, rounds=13) == [ready, ready]


async def test_a_variant_whose_worker_is_killed_every_time_fails(application: Application) -> None:
    await application.store(SAMPLE)
    for _ in range(5):  # each claims the job, and is killed
        async with application.units.writing() as unit:
            await unit.variant_jobs.claim(at=application.clock.now(), until=application.clock.now(), limit=1)
            await unit.commit()
    await application.make_pending()
    assert [each.failure for each in application.images()[0].variants] == ["worker-died"] * 2
    assert await application.make_pending() == 0


async def test_the_queue_runs_a_job_again_after_its_handler_failed(application: Application) -> None:
    pace = EmbeddedQueuePace(poll=0.01, lease=0.05)
    application.clock.at = SystemClock().now()
    first, second = await application.store(SAMPLE), await application.store(OTHER)
    queue = EmbeddedJobQueue(MemoryUnitsOfWork(application.database), SystemClock(), pace)
    handled: list[int] = []
    done = asyncio.Event()

    async def handle(job: JobReference) -> None:
        handled.append(job.id)
        if handled.count(job.id) == 1:
            raise RuntimeError("a mistake")
        application.clock.at = SystemClock().now()
        await application.make_variants(job)
        if all(each.made for image in application.images() for each in image.variants):
            done.set()

    running = asyncio.create_task(queue.run([Lane({MAKE_VARIANTS: handle}, 2)]))
    async with asyncio.timeout(20):
        await done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert sorted(handled) == [first.id, first.id, second.id, second.id]


async def test_a_long_job_is_not_given_to_a_second_worker(application: Application) -> None:
    pace = EmbeddedQueuePace(poll=0.01, lease=0.3)  # a slow machine may stand still for some tenths of a second
    application.clock.at = SystemClock().now()
    await application.store(SAMPLE)
    queue = EmbeddedJobQueue(MemoryUnitsOfWork(application.database), SystemClock(), pace)
    handled: list[int] = []

    async def handle(job: JobReference) -> None:
        handled.append(job.id)
        await asyncio.sleep(3)

    running = asyncio.create_task(queue.run([Lane({MAKE_VARIANTS: handle}, 2)]))
    await asyncio.sleep(2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(handled) == 1


# Replacement and links


async def test_a_link_opens_its_bytes_after_a_replacement_but_not_after_a_deletion(application: Application) -> None:
    open_link = OpenLink(application.links, application.lookups, application.clock)
    image = await application.store(SAMPLE)
    query = dict(
        part.split("=", 1)
        for part in application.links.sign(link_to(image), application.clock.now()).split("?")[1].split("&")
    )
    first_query = query
    await application.replace(ImageReference(name=image.name), OTHER)
    application.clock.advance(minutes=30)
    await application.sweep_blobs()
    opened, _ = await open_link(image.name, None, query)
    assert opened.facts == image.original.facts
    assert opened.linked.key in await application.in_store()

    (image,) = application.images()
    query = dict(
        part.split("=", 1)
        for part in application.links.sign(link_to(image), application.clock.now()).split("?")[1].split("&")
    )
    await open_link(image.name, None, query)
    await application.delete(image)
    for withdrawn in (query, first_query):
        with pytest.raises(ImageNotFound):
            await open_link(image.name, None, withdrawn)
    application.clock.at += LONG
    await application.settle()


async def test_a_precondition_that_fails_during_the_upload_keeps_the_newer_bytes(application: Application) -> None:
    image = await application.store(SAMPLE)
    reference = ImageReference(id=image.id)
    precondition = Precondition(frozenset({Digest(image.original.facts.digest)}))
    application.faults.disturb_at = application.faults.calls + 5

    async def another_client_replaces_it() -> None:
        application.faults.disturb_at = 0
        await application.replace(reference, OTHER)

    application.faults.disturbance = another_client_replaces_it
    with pytest.raises(PreconditionFailed):
        await application.replace(reference, sample_image(seed=9), precondition=precondition)
    assert application.images()[0].original.facts.digest != image.original.facts.digest
    await application.settle()


async def test_a_new_name_that_is_taken_gets_a_suffix(application: Application) -> None:
    first = await application.store(SAMPLE, "a.png")
    second = await application.store(SAMPLE, "a.png")
    assert first.name == "a.png"
    assert second.name.startswith("a_")
    renamed = await application.replace(ImageReference(id=second.id), OTHER, "a.png")
    assert renamed.name.startswith("a_")
    same = await application.replace(ImageReference(id=first.id), OTHER, "a.png")
    assert same.name == "a.png"


# Store and database belong together


def binding(application: Application) -> BindStore:
    stores = {StoreName("storage"): application.blobs}
    return BindStore(application.units, stores, SwitchedBlobStore(stores), application.random_values)


async def test_a_new_store_is_bound_and_stays_bound(application: Application) -> None:
    bind = binding(application)
    await bind(create=False)
    assert await application.blobs.read() is None
    await bind()
    await bind()
    assert application.database.state.binding == Binding(await application.blobs.read() or "")


async def test_the_next_start_completes_a_binding_that_crashed(open_application: OpenApplication) -> None:
    application = open_application(FaultPlan())
    application.database.state.binding = Binding("decided, and not yet marked")
    await binding(application)()
    assert await application.blobs.read() == "decided, and not yet marked"


@pytest.mark.parametrize("mark", [None, "another store"])
async def test_an_unmounted_store_and_that_of_another_database_are_detected(
    application: Application, mark: str | None
) -> None:
    bind = binding(application)
    await bind()
    await application.store(SAMPLE)
    application.blobs._identity = mark
    with pytest.raises(StoreMismatch):
        await bind()
