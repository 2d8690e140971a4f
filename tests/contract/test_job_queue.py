"""The contract of JobQueue, on every engine and database, for variants and for jobs in the table."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.jobs import unknown_kinds
from adapters.jobs.embedded import EmbeddedJobQueue, EmbeddedQueuePace
from adapters.jobs.procrastinate import ProcrastinateJobQueue, ProcrastinatePace
from adapters.sql.transactions.database_url import libpq_url
from adapters.system.clock import SystemClock
from domain.model.jobs.job import Job, JobDraft, JobId, JobKind, JobReference
from domain.ports.jobs import JobQueue, Lane
from kit.fixtures import hanging_worker
from kit.fixtures.adapters import Database, memory_database, sql_database
from kit.fixtures.job_sources import ALL_JOBS, Jobs
from kit.servers.postgres import Postgres, upgraded

pytestmark = pytest.mark.anyio

Handle = Callable[[JobReference], Awaitable[None]]
QUEUES = ("embedded memory", "embedded sqlite", "embedded postgres", "procrastinate postgres")
SOON = 20  # seconds
OTHER = JobKind("from-a-newer-version")
AFTER_A_DEATH = 40  # seconds; engines take this long to detect a dead worker


@dataclass
class QueueSetup:
    """A database, and a factory of queues on it, one for each process of the service."""

    engine: str
    url: str
    database: Database
    make: Callable[[], "EmbeddedJobQueue | ProcrastinateJobQueue"]
    jobs: Jobs

    async def finish(self, job: JobReference) -> None:
        """What a handler does after the work."""
        async with self.database.units.writing() as unit:
            await self.jobs.finish(unit, job)
            await unit.commit()

    async def write(self, number: int) -> list[JobReference]:
        return await self.jobs.write(self.database, *[SystemClock().now()] * number)

    async def pending(self) -> int:
        async with self.database.units.reading() as unit:
            return await self.jobs.count(unit)

    @asynccontextmanager
    async def running(self, handle: Handle, *others: Lane, kind: JobKind | None = None) -> AsyncIterator[JobQueue]:
        queue = self.make()
        task = asyncio.create_task(queue.run([Lane({kind or self.jobs.kind: handle}, 2), *others]))
        try:
            yield queue
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await queue.close()

    async def settled(self, within: float = SOON) -> None:
        async with asyncio.timeout(within):
            while await self.pending():  # noqa: ASYNC110  # of rows that other processes may change
                await asyncio.sleep(0.05)


async def write_others(setup: QueueSetup, number: int, subject: str = "") -> list[Job]:
    """Write jobs of the kind ``OTHER``."""
    async with setup.database.units.writing() as unit:
        draft = JobDraft(kind=OTHER, payload="", subject=subject, created_at=SystemClock().now())
        jobs = [await unit.jobs.add(draft) for _ in range(number)]
        await unit.commit()
    return jobs


async def remove(setup: QueueSetup, job: JobReference) -> None:
    async with setup.database.units.writing() as unit:
        await unit.jobs.remove(JobId(job.id))
        await unit.commit()


async def soon(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON):
        while not holds():  # noqa: ASYNC110  # of lists that queues fill
            await asyncio.sleep(0.05)


@pytest.fixture(params=ALL_JOBS)
def jobs(request: pytest.FixtureRequest) -> Jobs:
    return ALL_JOBS[request.param]


@pytest.fixture(params=QUEUES)
async def setup(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres, anyio_backend: str, jobs: Jobs
) -> AsyncIterator[QueueSetup]:
    engine, _, kind = request.param.partition(" ")
    url = ""
    if kind == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'test.sqlite3'}"
        await upgraded(url)
    elif kind == "postgres":
        url = await postgres.upgraded_database()

    def make() -> EmbeddedJobQueue | ProcrastinateJobQueue:
        if engine == "embedded":
            pace = EmbeddedQueuePace(poll=0.05, lease=1.0)
            return EmbeddedJobQueue(database.units, SystemClock(), pace)
        return ProcrastinateJobQueue(libpq_url(url), database.units, SystemClock(), ProcrastinatePace(lease=1.0))

    async with sql_database(url) if url else memory_database(tmp_path, postgres) as database:
        yield QueueSetup(engine, url, database, make, jobs)


async def test_a_job_that_was_not_announced_is_done(setup: QueueSetup) -> None:
    await setup.write(5)
    async with setup.running(setup.finish):
        await setup.settled()


async def test_a_job_announced_by_another_process_is_done(setup: QueueSetup) -> None:
    async with setup.running(setup.finish):
        elsewhere = setup.make()
        for job in await setup.write(3):
            await elsewhere.put([job])
        await elsewhere.close()
        await setup.settled()


async def test_each_job_is_handled_once_without_failures(setup: QueueSetup) -> None:
    handled: list[JobReference] = []

    async def handle(job: JobReference) -> None:
        handled.append(job)
        await asyncio.sleep(0.01)
        await setup.finish(job)

    jobs = await setup.write(20)
    async with setup.running(handle) as first, setup.running(handle):
        await first.put(jobs)
        await first.put(jobs)
        await setup.settled()
        await asyncio.sleep(0.3)
    assert sorted(handled) == jobs


async def test_a_failing_handler_is_called_again_and_does_not_stop_the_queue(setup: QueueSetup) -> None:
    bad, *good = await setup.write(4)
    tries: list[JobReference] = []

    async def handle(job: JobReference) -> None:
        tries.append(job)
        if job == bad and tries.count(bad) == 1:
            raise RuntimeError("a mistake")
        await setup.finish(job)

    async with setup.running(handle) as queue:
        await queue.put([bad, *good])
        await setup.settled()
    assert tries.count(bad) == 2
    assert all(tries.count(each) == 1 for each in good)


async def test_a_job_of_a_stopped_worker_is_done_by_another(setup: QueueSetup) -> None:
    (job,) = await setup.write(1)
    begun = asyncio.Event()

    async def hang(_: JobReference) -> None:
        begun.set()
        await asyncio.sleep(60)

    async with setup.running(hang) as queue:
        await queue.put([job])
        async with asyncio.timeout(SOON):
            await begun.wait()
    async with setup.running(setup.finish):
        await setup.settled()


@pytest.mark.parametrize("setup", [name for name in QUEUES if "memory" not in name], indirect=True)
async def test_a_job_of_a_killed_process_is_done_by_another_after_its_lease(setup: QueueSetup) -> None:
    (job,) = await setup.write(1)
    arguments = (sys.executable, "-m", hanging_worker.__name__, setup.engine, setup.url, setup.jobs.kind)
    tests = str(Path(__file__).parents[1])
    paths = os.pathsep.join([tests, *filter(None, [os.environ.get("PYTHONPATH")])])
    worker = await asyncio.create_subprocess_exec(
        *arguments, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths}
    )
    try:
        async with asyncio.timeout(SOON):
            assert worker.stdout is not None
            assert await worker.stdout.readline() == f"{job.id}\n".encode()
        async with setup.running(setup.finish):
            await asyncio.sleep(2.5)
            assert await setup.pending() == 1, "its lease is renewed while the process is alive"
            worker.kill()
            await setup.settled(AFTER_A_DEATH)
    finally:
        if worker.returncode is None:
            worker.kill()
        await worker.wait()


async def test_long_work_is_not_given_to_a_second_worker(setup: QueueSetup) -> None:
    (job,) = await setup.write(1)
    handled: list[JobReference] = []

    async def handle(job: JobReference) -> None:
        handled.append(job)
        await asyncio.sleep(3)

    async with setup.running(handle) as queue, setup.running(handle):
        await queue.put([job])
        await asyncio.sleep(2.5)
    assert len(handled) == 1


async def test_jobs_of_a_full_lane_do_not_hold_up_another_lane(setup: QueueSetup) -> None:
    begun: list[JobReference] = []

    async def hang(job: JobReference) -> None:
        begun.append(job)
        await asyncio.sleep(60)

    await write_others(setup, 3)
    async with setup.running(setup.finish, Lane({OTHER: hang}, 2)) as queue:
        await soon(lambda: len(begun) == 2)
        await queue.put(await setup.write(3))
        await setup.settled()
    assert len(begun) == 2, "a lane has no more places than it was given"


async def test_jobs_of_one_subject_are_done_one_at_a_time_and_hold_up_no_others(setup: QueueSetup) -> None:
    under_way: list[str] = []
    done: list[str] = []

    async def handle(job: JobReference) -> None:
        subject = subjects[job]
        assert subject not in under_way
        under_way.append(subject)
        await asyncio.sleep(0.5 if subject == "slow" else 0)
        under_way.remove(subject)
        await remove(setup, job)
        done.append(subject)

    jobs = await write_others(setup, 4, subject="slow") + await write_others(setup, 1, subject="quick")
    subjects = {job.reference: job.subject for job in jobs}
    async with setup.running(setup.finish, Lane({OTHER: handle}, 2)):
        await soon(lambda: len(done) == len(jobs))
    assert "quick" in done[:2]


async def test_an_announcement_succeeds_without_the_database(setup: QueueSetup, postgres: Postgres) -> None:
    (job,) = await setup.write(1)
    queue = setup.make()
    postgres.stop()
    try:
        async with asyncio.timeout(3):
            await queue.put([job])
    finally:
        postgres.start()
    await queue.close()


async def test_a_kind_without_a_handler_is_logged_once_and_done_later(
    setup: QueueSetup, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unknown_kinds, "LOOK_EVERY", 0.1)
    await setup.write(1)
    unknown = await write_others(setup, 2)
    references = [job.reference for job in unknown]
    async with setup.running(setup.finish) as queue:
        await queue.put(references)
        async with setup.database.units.reading() as unit:
            assert [await unit.jobs.find(job.id) for job in unknown] == unknown
        await asyncio.sleep(1.5)
    messages = [record.getMessage() for record in caplog.records if OTHER in record.getMessage()]
    assert len(messages) == 1
    done: list[JobReference] = []

    async def handle(job: JobReference) -> None:
        await remove(setup, job)
        done.append(job)

    async with setup.running(handle, kind=OTHER):
        await soon(lambda: len(done) == len(references))
    assert sorted(done) == references
