"""The laws of JobQueue, on every engine and database that it can stand on, for variants and for jobs in the table."""

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
from adapters.sql.transactions.engine import libpq_url
from adapters.system.clock import SystemClock
from domain.model.jobs.job import JobDraft, JobId, JobKind, JobReference
from domain.ports.jobs import JobQueue
from kit.fixtures import hanging_worker
from kit.fixtures.adapters import Database, memory_database, sql_database
from kit.fixtures.job_sources import ALL_JOBS, Jobs
from kit.servers.postgres import Postgres, upgraded

pytestmark = pytest.mark.anyio

Handle = Callable[[JobReference], Awaitable[None]]
QUEUES = ("embedded memory", "embedded sqlite", "embedded postgres", "procrastinate postgres")
SOON = 20  # seconds
AFTER_A_DEATH = 40  # seconds; an engine waits longer before it calls a worker dead


@dataclass
class Bench:
    """A database, and as many queues on it as processes there might be."""

    engine: str
    url: str
    database: Database
    make: Callable[[], "EmbeddedJobQueue | ProcrastinateJobQueue"]
    jobs: Jobs

    async def finish(self, job: JobReference) -> None:
        """What a handler does, but for the work."""
        async with self.database.units.writing() as unit:
            await self.jobs.finish(unit, job)
            await unit.commit()

    async def write(self, number: int) -> list[JobReference]:
        return await self.jobs.write(self.database, *[SystemClock().now()] * number)

    async def pending(self) -> int:
        async with self.database.units.reading() as unit:
            return await self.jobs.count(unit)

    @asynccontextmanager
    async def running(self, handle: Handle, kind: JobKind | None = None) -> AsyncIterator[JobQueue]:
        queue = self.make()
        task = asyncio.create_task(queue.run({kind or self.jobs.kind: handle}))
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


@pytest.fixture(params=ALL_JOBS)
def jobs(request: pytest.FixtureRequest) -> Jobs:
    return ALL_JOBS[request.param]


@pytest.fixture(params=QUEUES)
async def bench(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres, anyio_backend: str, jobs: Jobs
) -> AsyncIterator[Bench]:
    engine, _, kind = request.param.partition(" ")
    url = ""
    if kind == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'test.sqlite3'}"
        await upgraded(url)
    elif kind == "postgres":
        url = await postgres.upgraded_database()

    def make() -> EmbeddedJobQueue | ProcrastinateJobQueue:
        if engine == "embedded":
            pace = EmbeddedQueuePace(concurrency=2, poll=0.05, lease=1.0)
            return EmbeddedJobQueue(database.units, SystemClock(), pace)
        return ProcrastinateJobQueue(
            libpq_url(url), database.units, SystemClock(), ProcrastinatePace(concurrency=2, lease=1.0)
        )

    async with sql_database(url) if url else memory_database(tmp_path, postgres) as database:
        yield Bench(engine, url, database, make, jobs)


async def test_what_nobody_announced_is_done_all_the_same(bench: Bench) -> None:
    await bench.write(5)
    async with bench.running(bench.finish):
        await bench.settled()


async def test_what_is_announced_elsewhere_is_done_here(bench: Bench) -> None:
    async with bench.running(bench.finish):
        elsewhere = bench.make()
        for job in await bench.write(3):
            await elsewhere.put([job])
        await elsewhere.close()
        await bench.settled()


async def test_each_job_is_handled_once_where_all_goes_well(bench: Bench) -> None:
    handled: list[JobReference] = []

    async def handle(job: JobReference) -> None:
        handled.append(job)
        await asyncio.sleep(0.01)
        await bench.finish(job)

    jobs = await bench.write(20)
    async with bench.running(handle) as first, bench.running(handle):
        await first.put(jobs)
        await first.put(jobs)
        await bench.settled()
        await asyncio.sleep(0.3)
    assert sorted(handled) == jobs


async def test_a_handler_that_fails_is_called_again_and_stops_nobody(bench: Bench) -> None:
    bad, *good = await bench.write(4)
    tries: list[JobReference] = []

    async def handle(job: JobReference) -> None:
        tries.append(job)
        if job == bad and tries.count(bad) == 1:
            raise RuntimeError("a mistake")
        await bench.finish(job)

    async with bench.running(handle) as queue:
        await queue.put([bad, *good])
        await bench.settled()
    assert tries.count(bad) == 2
    assert all(tries.count(each) == 1 for each in good)


async def test_what_one_was_cut_off_from_another_does(bench: Bench) -> None:
    (job,) = await bench.write(1)
    begun = asyncio.Event()

    async def hang(_: JobReference) -> None:
        begun.set()
        await asyncio.sleep(60)

    async with bench.running(hang) as queue:
        await queue.put([job])
        async with asyncio.timeout(SOON):
            await begun.wait()
    async with bench.running(bench.finish):
        await bench.settled()


@pytest.mark.parametrize("bench", [name for name in QUEUES if "memory" not in name], indirect=True)
async def test_what_a_killed_process_held_another_does_and_nobody_before(bench: Bench) -> None:
    (job,) = await bench.write(1)
    arguments = (sys.executable, "-m", hanging_worker.__name__, bench.engine, bench.url, bench.jobs.kind)
    tests = str(Path(__file__).parents[1])
    paths = os.pathsep.join([tests, *filter(None, [os.environ.get("PYTHONPATH")])])
    worker = await asyncio.create_subprocess_exec(
        *arguments, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths}
    )
    try:
        async with asyncio.timeout(SOON):
            assert worker.stdout is not None
            assert await worker.stdout.readline() == f"{job.id}\n".encode()
        async with bench.running(bench.finish):
            await asyncio.sleep(2.5)
            assert await bench.pending() == 1, "its lease is renewed for as long as it lives"
            worker.kill()
            await bench.settled(AFTER_A_DEATH)
    finally:
        if worker.returncode is None:
            worker.kill()
        await worker.wait()


async def test_long_work_is_not_given_to_anybody_else(bench: Bench) -> None:
    (job,) = await bench.write(1)
    handled: list[JobReference] = []

    async def handle(job: JobReference) -> None:
        handled.append(job)
        await asyncio.sleep(3)

    async with bench.running(handle) as queue, bench.running(handle):
        await queue.put([job])
        await asyncio.sleep(2.5)
    assert len(handled) == 1


async def test_a_database_that_is_away_is_no_reason_to_fail_an_announcement(bench: Bench, postgres: Postgres) -> None:
    (job,) = await bench.write(1)
    queue = bench.make()
    postgres.stop()
    try:
        async with asyncio.timeout(3):
            await queue.put([job])
    finally:
        postgres.start()
    await queue.close()


async def test_a_kind_without_a_handler_is_left_alone_told_once_and_done_later(
    bench: Bench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unknown_kinds, "LOOK_EVERY", 0.1)
    newer = JobKind("from-a-newer-version")
    await bench.write(1)
    async with bench.database.units.writing() as unit:
        draft = JobDraft(kind=newer, payload="", created_at=SystemClock().now())
        unknown = [await unit.jobs.add(draft) for _ in range(2)]
        await unit.commit()
    references = [job.reference for job in unknown]
    async with bench.running(bench.finish) as queue:
        await queue.put(references)
        async with bench.database.units.reading() as unit:
            assert [await unit.jobs.find(job.id) for job in unknown] == unknown
        await asyncio.sleep(1.5)
    told = [record.getMessage() for record in caplog.records if newer in record.getMessage()]
    assert len(told) == 1
    done: list[JobReference] = []

    async def handle(job: JobReference) -> None:
        async with bench.database.units.writing() as unit:
            await unit.jobs.remove(JobId(job.id))
            await unit.commit()
        done.append(job)

    async with bench.running(handle, newer):
        async with asyncio.timeout(SOON):
            while len(done) < len(references):  # noqa: ASYNC110  # of a list that the queue fills
                await asyncio.sleep(0.05)
    assert sorted(done) == references
