"""Turns of subjects in the embedded queue, on databases of both kinds that need no server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.jobs.embedded import EmbeddedJobQueue, EmbeddedQueuePace
from adapters.system.clock import SystemClock
from domain.model.jobs.job import JobDraft, JobId, JobKind, JobReference
from domain.ports.jobs import Lane
from kit.fixtures.adapters import Database, memory_database, sql_database
from kit.servers.postgres import Postgres, upgraded

pytestmark = pytest.mark.anyio

KIND = JobKind("with-subjects")


@pytest.fixture(params=["memory", "sqlite"])
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres, anyio_backend: str
) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'test.sqlite3'}"
    if request.param == "sqlite":
        await upgraded(url)
    async with sql_database(url) if request.param == "sqlite" else memory_database(tmp_path, postgres) as database:
        yield database


async def test_a_subject_with_many_jobs_does_not_keep_its_place(database: Database) -> None:
    done: list[str] = []

    async def handle(job: JobReference) -> None:
        async with database.units.writing() as unit:
            await unit.jobs.remove(JobId(job.id))
            await unit.commit()
        done.append(job.subject)

    async with database.units.writing() as unit:
        for subject in [*["first"] * 6, "second"]:
            await unit.jobs.add(JobDraft(kind=KIND, payload="", subject=subject, created_at=SystemClock().now()))
        await unit.commit()
    queue = EmbeddedJobQueue(database.units, SystemClock(), EmbeddedQueuePace(poll=0.05))
    running = asyncio.create_task(queue.run([Lane({KIND: handle}, 1)]))
    try:
        async with asyncio.timeout(20):
            while len(done) < 7:  # noqa: ASYNC110  # of a list that the queue fills
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert done.index("second") == 1
