"""Background jobs of a kind that exists only in tests."""

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
from domain.ports.jobs import Lane
from domain.use_cases.jobs.forget_failed_jobs import BATCH, ForgetFailedJobs
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
    """The work of a job of the kind ``COUNT``: raise the given errors, one for each call, then add the payload to ``count``."""

    def __init__(self, *errors: Exception) -> None:
        self.count = 0
        self._errors = list(errors)

    async def __call__(self, payload: str) -> None:
        if self._errors:
            raise self._errors.pop(0)
        self.count += int(payload)


class JobRunner:
    """Writes jobs of the kind ``COUNT`` and performs them as the queue does."""

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
            claimed = await source.claim(at=self.clock.now(), until=self.clock.now() + LEASE, limit=1000)
            await unit.commit()
        return list(claimed)

    async def tries(self) -> int:
        """Perform the jobs that are due, as the queue does. Returns their number."""
        claimed = await self.claim()
        for reference in claimed:
            await self.perform(reference)
        return len(claimed)

    async def listed(self, states: frozenset[JobState] = frozenset(JobState)) -> list[Job]:
        return list(await ListJobs(self.units)(states, 10))


async def test_a_job_is_done_once_and_removed() -> None:
    counter = Counter()
    runner = JobRunner(counter)
    job = await runner.write()
    assert await runner.tries() == 1
    assert (counter.count, await runner.listed()) == (17, [])
    await runner.perform(job.reference)
    assert counter.count == 17, "a finished job is not done again"


async def test_a_failing_job_is_retried_after_growing_pauses_and_then_fails() -> None:
    runner = JobRunner(Counter(*[ImageNotFound()] * 99))
    await runner.write()
    pauses = []
    for _ in range(4):
        assert await runner.tries() == 1
        (job,) = await runner.listed()
        assert (job.state, job.failure) == (JobState.PENDING, ImageNotFound.code)
        pauses.append((job.due - runner.clock.now()).total_seconds())
        assert await runner.tries() == 0, "the job is not due before the pause is over"
        runner.clock.at = job.due
    assert pauses == [2, 4, 8, 16]
    assert await runner.tries() == 1
    (job,) = await runner.listed(FAILED)
    assert (job.attempts, job.failure) == (5, ImageNotFound.code)
    runner.clock.advance(days=1)
    assert await runner.tries() == 0


async def test_a_failed_job_is_kept_for_thirty_days() -> None:
    runner = JobRunner(Counter(*[ImageNotFound()] * 9999))
    for _ in range(BATCH + 1):
        await runner.write()
    while await runner.tries():
        runner.clock.advance(minutes=11)
    forget = ForgetFailedJobs(runner.units, runner.clock)
    runner.clock.advance(days=29)
    pending = await runner.write()
    await forget()
    assert len(await runner.listed(FAILED)) == 10
    runner.clock.advance(days=1)
    await forget()
    assert [job.id for job in await runner.listed()] == [pending.id]


async def test_a_failed_job_is_retried_on_request() -> None:
    counter = Counter(*[ImageNotFound()] * 5)
    runner = JobRunner(counter)
    failed = await runner.write()
    for _ in range(5):
        await runner.tries()
        runner.clock.advance(minutes=11)
    other = await runner.write()
    assert [job.id for job in await runner.listed(FAILED)] == [failed.id]
    assert await runner.retry(other.reference) == 0, "it did not fail"
    assert await runner.retry(JobReference(MAKE_VARIANTS, failed.id)) == 0, "it is of another kind"
    assert await runner.retry(failed.reference) == 1
    assert await runner.listed(FAILED) == []
    again = next(job for job in await runner.listed() if job.id == failed.id)
    assert (again.attempts, again.failure, again.due) == (0, None, runner.clock.now())
    assert await runner.tries() == 2
    assert (counter.count, await runner.listed()) == (34, [])


async def test_all_failed_jobs_are_retried_on_request() -> None:
    runner = JobRunner(Counter(*[ImageNotFound()] * 99))
    for _ in range(3):
        await runner.write()
    for _ in range(5):
        await runner.tries()
        runner.clock.advance(minutes=11)
    assert await runner.retry() == 3
    assert await runner.listed(FAILED) == []
    assert await runner.retry() == 0


async def test_a_busy_dependency_does_not_use_up_attempts() -> None:
    counter = Counter(*[CodecBusy()] * 12)
    runner = JobRunner(counter)
    await runner.write()
    for _ in range(13):
        assert await runner.tries() == 1
        runner.clock.advance(minutes=11)
    assert (counter.count, await runner.listed()) == (17, [])


async def test_a_job_whose_worker_is_killed_every_time_fails() -> None:
    counter = Counter()
    runner = JobRunner(counter)
    await runner.write()
    for _ in range(5):  # each claims the job, and is killed
        assert len(await runner.claim()) == 1
        runner.clock.at += LEASE
    await runner.tries()
    assert [job.failure for job in await runner.listed(FAILED)] == ["worker-died"]
    assert counter.count == 0


async def test_a_job_that_another_process_finished_is_not_written_again() -> None:
    runner = JobRunner(Counter())

    async def another_process_finishes_it(_: str) -> None:
        async with runner.units.writing() as unit:
            await unit.jobs.remove(job.id)
            await unit.commit()
        raise ImageNotFound

    job = await runner.write()
    await PerformJob(another_process_finishes_it, runner.units, runner.clock, RetryPolicy())(job.reference)
    assert await runner.listed() == []


async def test_jobs_of_one_kind_do_not_hold_up_another_kind() -> None:
    runner = JobRunner(Counter())
    database = Database(runner.units, None, None)  # type: ignore[arg-type]  # nothing is looked up
    variants = VariantJobsOfImages()
    await variants.write(database, *[NOON - timedelta(hours=1)] * 20)
    await runner.write()
    queue = EmbeddedJobQueue(runner.units, runner.clock, EmbeddedQueuePace(poll=0.01))
    order: list[str] = []
    done = asyncio.Event()

    async def make_variants(job: JobReference) -> None:
        order.append(job.kind)
        async with runner.units.writing() as unit:
            await variants.finish(unit, job)
            await unit.commit()
        if len(order) == 21:
            done.set()

    async def count(job: JobReference) -> None:
        order.append(job.kind)
        await runner.perform(job)

    running = asyncio.create_task(queue.run([Lane({MAKE_VARIANTS: make_variants, COUNT: count}, 1)]))
    async with asyncio.timeout(20):
        await done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert order.index(COUNT) == 1
