"""Jobs of any kind, done by a use case that only tests know."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from adapters.jobs.embedded import EmbeddedJobQueue, EmbeddedQueuePace
from adapters.memory.units_of_work import MemoryDatabase, MemoryUnitsOfWork
from domain.errors import CodecBusy, ImageNotFound
from domain.model.images.variant import MAKE_VARIANTS
from domain.model.jobs.job import Job, JobDraft, JobReference, JobState
from domain.model.jobs.retry import RetryPolicy
from domain.use_cases.jobs.perform_job import PerformJob
from domain.use_cases.jobs.retry_jobs import ListJobs, RetryJobs
from kit.fixtures.adapters import Database
from kit.fixtures.application import NoQueue
from kit.fixtures.entities import NOON, SetClock
from kit.fixtures.job_sources import COUNT, VariantJobsOfImages

pytestmark = pytest.mark.anyio

LEASE = timedelta(seconds=30)
FAILED = frozenset({JobState.FAILED})


class Counter:
    """What a job of the kind ``COUNT`` does: it counts by its payload, after it has failed as often as it is told to."""

    def __init__(self, *errors: Exception) -> None:
        self.count = 0
        self._errors = list(errors)

    async def __call__(self, payload: str) -> None:
        if self._errors:
            raise self._errors.pop(0)
        self.count += int(payload)


class Desk:
    """One job, and how it goes on."""

    def __init__(self, work: Callable[[str], Awaitable[None]]) -> None:
        self.clock = SetClock()
        self.units = MemoryUnitsOfWork(MemoryDatabase())
        self.perform = PerformJob(work, self.units, self.clock, RetryPolicy())
        self.retry = RetryJobs(self.units, NoQueue(), self.clock)

    async def write(self) -> Job:
        async with self.units.writing() as unit:
            job = await unit.jobs.add(JobDraft(kind=COUNT, payload="17", created_at=NOON))
            await unit.commit()
        return job

    async def claim(self) -> list[JobReference]:
        async with self.units.writing() as unit:
            source = unit.jobs.of(frozenset({COUNT}))
            claimed = await source.claim(at=self.clock.now(), until=self.clock.now() + LEASE, limit=10)
            await unit.commit()
        return list(claimed)

    async def tries(self) -> int:
        """Do what is due, as the queue does; and say how much that was."""
        claimed = await self.claim()
        for reference in claimed:
            await self.perform(reference)
        return len(claimed)

    async def listed(self, states: frozenset[JobState] = frozenset(JobState)) -> list[Job]:
        return list(await ListJobs(self.units)(states, 10))


async def test_a_job_is_done_once_and_then_there_is_none() -> None:
    counter = Counter()
    desk = Desk(counter)
    job = await desk.write()
    assert await desk.tries() == 1
    assert (counter.count, await desk.listed()) == (17, [])
    await desk.perform(job.reference)
    assert counter.count == 17, "what is finished is not done again"


async def test_a_job_that_fails_is_tried_again_after_growing_pauses_and_then_marked_failed() -> None:
    desk = Desk(Counter(*[ImageNotFound()] * 99))
    await desk.write()
    pauses = []
    for _ in range(4):
        assert await desk.tries() == 1
        (job,) = await desk.listed()
        assert (job.state, job.failure) == (JobState.PENDING, ImageNotFound.code)
        pauses.append((job.due - desk.clock.now()).total_seconds())
        assert await desk.tries() == 0, "it is not due before the pause is over"
        desk.clock.at = job.due
    assert pauses == [2, 4, 8, 16]
    assert await desk.tries() == 1
    (job,) = await desk.listed(FAILED)
    assert (job.attempts, job.failure) == (5, ImageNotFound.code)
    desk.clock.advance(days=1)
    assert await desk.tries() == 0


async def test_a_failed_job_is_tried_again_when_an_operator_says_so() -> None:
    counter = Counter(*[ImageNotFound()] * 5)
    desk = Desk(counter)
    failed = await desk.write()
    for _ in range(5):
        await desk.tries()
        desk.clock.advance(minutes=11)
    other = await desk.write()
    assert [job.id for job in await desk.listed(FAILED)] == [failed.id]
    assert await desk.retry(other.reference) == 0, "it did not fail"
    assert await desk.retry(JobReference(MAKE_VARIANTS, failed.id)) == 0, "it is of another kind"
    assert await desk.retry(failed.reference) == 1
    assert await desk.listed(FAILED) == []
    again = next(job for job in await desk.listed() if job.id == failed.id)
    assert (again.attempts, again.failure, again.due) == (0, None, desk.clock.now())
    assert await desk.tries() == 2
    assert (counter.count, await desk.listed()) == (34, [])


async def test_all_failed_jobs_are_tried_again() -> None:
    desk = Desk(Counter(*[ImageNotFound()] * 99))
    for _ in range(3):
        await desk.write()
    for _ in range(5):
        await desk.tries()
        desk.clock.advance(minutes=11)
    assert await desk.retry() == 3
    assert await desk.listed(FAILED) == []
    assert await desk.retry() == 0


async def test_a_busy_part_is_waited_for_however_long_it_takes() -> None:
    counter = Counter(*[CodecBusy()] * 12)
    desk = Desk(counter)
    await desk.write()
    for _ in range(13):
        assert await desk.tries() == 1
        desk.clock.advance(minutes=11)
    assert (counter.count, await desk.listed()) == (17, [])


async def test_a_job_whose_every_try_dies_is_given_up() -> None:
    counter = Counter()
    desk = Desk(counter)
    await desk.write()
    for _ in range(5):  # each claims the job, and is killed
        assert len(await desk.claim()) == 1
        desk.clock.at += LEASE
    await desk.tries()
    assert [job.failure for job in await desk.listed(FAILED)] == ["worker-died"]
    assert counter.count == 0


async def test_a_job_that_another_process_has_done_meanwhile_is_not_written_anew() -> None:
    desk = Desk(Counter())

    async def lose_the_race(_: str) -> None:
        async with desk.units.writing() as unit:
            await unit.jobs.remove(job.id)
            await unit.commit()
        raise ImageNotFound

    job = await desk.write()
    await PerformJob(lose_the_race, desk.units, desk.clock, RetryPolicy())(job.reference)
    assert await desk.listed() == []


async def test_no_kind_waits_for_all_jobs_of_another() -> None:
    desk = Desk(Counter())
    database = Database(desk.units, None, None)  # type: ignore[arg-type]  # nothing is looked up
    variants = VariantJobsOfImages()
    await variants.write(database, *[NOON - timedelta(hours=1)] * 20)
    await desk.write()
    queue = EmbeddedJobQueue(desk.units, desk.clock, EmbeddedQueuePace(poll=0.01))
    order: list[str] = []
    done = asyncio.Event()

    async def make_variants(job: JobReference) -> None:
        order.append(job.kind)
        async with desk.units.writing() as unit:
            await variants.finish(unit, job)
            await unit.commit()
        if len(order) == 21:
            done.set()

    async def count(job: JobReference) -> None:
        order.append(job.kind)
        await desk.perform(job)

    running = asyncio.create_task(queue.run({MAKE_VARIANTS: make_variants, COUNT: count}))
    async with asyncio.timeout(20):
        await done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert order.index(COUNT) == 1
