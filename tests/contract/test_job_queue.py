"""The laws of JobQueue, on every engine and database that it can stand on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.jobs.embedded import EmbeddedJobQueue, EmbeddedQueuePace
from adapters.jobs.procrastinate import ProcrastinateJobQueue, ProcrastinatePace
from adapters.sql.transactions.engine import libpq_url
from adapters.system.clock import SystemClock
from domain.errors import ImageNotFound
from domain.model.images.image import Image
from domain.model.images.naming import ImageId
from domain.model.images.variant import MAKE_VARIANTS, VariantState, variants_job
from domain.model.jobs.job import JobReference
from domain.ports.jobs import JobQueue
from kit.servers.postgres import Postgres
from kit.worlds.adapters import DATABASES, Database, sql_database
from kit.worlds.entities import a_made_variant
from kit.worlds.remembered import a_user, stored

pytestmark = pytest.mark.anyio

Handle = Callable[[JobReference], Awaitable[None]]
SOON = 20  # seconds


@dataclass
class Bench:
    """A database, and as many queues on it as processes there might be."""

    database: Database
    make: Callable[[], "EmbeddedJobQueue | ProcrastinateJobQueue"]

    async def make_ready(self, job: JobReference) -> None:
        """What a handler does, but for the pixels."""
        async with self.database.units.writing() as unit:
            with suppress(ImageNotFound):
                image = await unit.images.get(ImageId(job.id))
                for variant in image.variants:
                    if variant.state is VariantState.PENDING:
                        key = f"{job.id}{variant.name}".ljust(32, "0")
                        image = image.with_variant(variant.ready(a_made_variant(key)))
                await unit.images.save(image)
            await unit.commit()

    async def pictures(self, number: int) -> list[Image]:
        owner = await a_user(self.database)
        return await stored(self.database, owner, *(f"{each}.jpg" for each in range(number)))

    async def pending(self) -> int:
        async with self.database.units.reading() as unit:
            return (await unit.variant_jobs.tally()).pending

    @asynccontextmanager
    async def running(self, handle: Handle) -> AsyncIterator[JobQueue]:
        queue = self.make()
        task = asyncio.create_task(queue.run({MAKE_VARIANTS: handle}))
        try:
            yield queue
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await queue.close()

    async def settled(self) -> None:
        async with asyncio.timeout(SOON):
            while await self.pending():  # noqa: ASYNC110  # of rows that other processes may change
                await asyncio.sleep(0.05)


@pytest.fixture(params=["embedded memory", "embedded sqlite", "embedded postgres", "procrastinate postgres"])
async def bench(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres, anyio_backend: str
) -> AsyncIterator[Bench]:
    engine, _, database = request.param.partition(" ")
    if engine == "embedded":
        pace = EmbeddedQueuePace(concurrency=2, poll=0.05, lease=1.0)
        async with DATABASES[database](tmp_path, postgres) as opened:
            yield Bench(opened, lambda: EmbeddedJobQueue(opened.units, SystemClock(), pace))
        return
    url = await postgres.upgraded_database()
    async with sql_database(url) as opened:
        yield Bench(
            opened,
            lambda: ProcrastinateJobQueue(
                libpq_url(url), opened.units, SystemClock(), ProcrastinatePace(concurrency=2, lease=1.0)
            ),
        )


async def test_what_nobody_announced_is_done_all_the_same(bench: Bench) -> None:
    await bench.pictures(5)
    async with bench.running(bench.make_ready):
        await bench.settled()


async def test_what_is_announced_elsewhere_is_done_here(bench: Bench) -> None:
    async with bench.running(bench.make_ready):
        elsewhere = bench.make()
        for image in await bench.pictures(3):
            await elsewhere.put([variants_job(image.id)])
        await elsewhere.close()
        await bench.settled()


async def test_each_picture_is_handled_once_where_all_goes_well(bench: Bench) -> None:
    handled: list[int] = []

    async def handle(job: JobReference) -> None:
        handled.append(job.id)
        await asyncio.sleep(0.01)
        await bench.make_ready(job)

    images = await bench.pictures(20)
    async with bench.running(handle) as first, bench.running(handle):
        await first.put([variants_job(image.id) for image in images])
        await first.put([variants_job(image.id) for image in images])
        await bench.settled()
        await asyncio.sleep(0.3)
    assert sorted(handled) == [image.id for image in images]


async def test_a_handler_that_fails_is_called_again_and_stops_nobody(bench: Bench) -> None:
    bad, *good = await bench.pictures(4)
    tries: list[int] = []

    async def handle(job: JobReference) -> None:
        tries.append(job.id)
        if job.id == bad.id and tries.count(bad.id) == 1:
            raise RuntimeError("a mistake")
        await bench.make_ready(job)

    async with bench.running(handle) as queue:
        await queue.put([variants_job(each.id) for each in (bad, *good)])
        await bench.settled()
    assert tries.count(bad.id) == 2
    assert all(tries.count(each.id) == 1 for each in good)


async def test_what_one_was_cut_off_from_another_does(bench: Bench) -> None:
    (image,) = await bench.pictures(1)
    begun = asyncio.Event()

    async def hang(_: JobReference) -> None:
        begun.set()
        await asyncio.sleep(60)

    async with bench.running(hang) as queue:
        await queue.put([variants_job(image.id)])
        async with asyncio.timeout(SOON):
            await begun.wait()
    async with bench.running(bench.make_ready):
        await bench.settled()


async def test_long_work_is_not_given_to_anybody_else(bench: Bench) -> None:
    (image,) = await bench.pictures(1)
    handled: list[int] = []

    async def handle(job: JobReference) -> None:
        handled.append(job.id)
        await asyncio.sleep(3)

    async with bench.running(handle) as queue, bench.running(handle):
        await queue.put([variants_job(image.id)])
        await asyncio.sleep(2.5)
    assert len(handled) == 1


async def test_a_database_that_is_away_is_no_reason_to_fail_an_announcement(bench: Bench, postgres: Postgres) -> None:
    (image,) = await bench.pictures(1)
    queue = bench.make()
    postgres.stop()
    try:
        async with asyncio.timeout(3):
            await queue.put([variants_job(image.id)])
    finally:
        postgres.start()
    await queue.close()
