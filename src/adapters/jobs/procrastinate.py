"""The queue on procrastinate, a job engine on the same PostgreSQL, for workers on many machines.

The pending variants stay the truth. The engine brings them to workers at once and hands on what a dead worker held; and
whatever it was never told of, or lost, is announced anew.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status

from adapters.jobs.lease import Handler, Leases, log
from domain.errors import CalotypeError, DatabaseUnavailable
from domain.model.images.naming import ImageId
from domain.ports.jobs import JobQueue
from domain.ports.system import Clock
from domain.ports.unit_of_work import UnitsOfWork

QUEUE, TASK = "calotype", "calotype.make_variants"
SCHEMA_LOCK = 0x63616C6F + 1  # any number that nobody else uses
PUT_DEADLINE = 1.0  # seconds
CONNECT_DEADLINE = 5
# Nobody waits for ever: for an answer, for a lock, or for a machine that is not there any more.
CONNECTION: Mapping[str, Any] = {
    "application_name": "calotype jobs",
    "connect_timeout": CONNECT_DEADLINE,
    "options": "-c statement_timeout=10000 -c lock_timeout=5000",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15000,
}
HEARTBEAT, DEAD_AFTER = 3.0, 10.0
LOOK_EVERY = 3.0
ANNOUNCED_FOR = timedelta(seconds=20)  # for so long nothing is announced again
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcrastinatePace:
    """``concurrency``: jobs at once. ``lease``: seconds after which a silent worker's pictures are announced anew."""

    concurrency: int = 1
    lease: float = 15.0


class ProcrastinateJobQueue(JobQueue):
    def __init__(self, url: str, units: UnitsOfWork, clock: Clock, pace: ProcrastinatePace) -> None:
        """``url``: as libpq reads it."""
        self._url = url
        self._units = units
        self._clock = clock
        self._pace = pace
        self._leases = Leases(units, clock, pace.lease)
        self._connector = PsycopgConnector(
            conninfo=url,
            min_size=0,
            max_size=pace.concurrency + 4,
            timeout=CONNECT_DEADLINE,
            kwargs=CONNECTION,
        )
        self._app = App(connector=self._connector)
        self._task = self._app.task(name=TASK, queue=QUEUE)(self._perform)
        self._handle: Handler | None = None
        self._opening = asyncio.Lock()
        self._is_open = False

    async def put(self, images: Sequence[ImageId]) -> None:
        try:
            async with asyncio.timeout(PUT_DEADLINE):
                await self._open()
                await self._announce(images)
        except (TimeoutError, CalotypeError, ConnectorException, psycopg.Error) as error:
            log.warning("the job engine could not be told; it will be: %s", type(error).__name__)

    async def run(self, handle: Handler) -> None:
        self._handle = handle
        try:
            await self._open()
            async with asyncio.TaskGroup() as work:
                work.create_task(self._work())
                work.create_task(self._look_after())
        except* (ConnectorException, psycopg.Error) as errors:
            raise DatabaseUnavailable(type(errors.exceptions[0]).__name__) from errors

    async def close(self) -> None:
        if self._is_open:
            await self._app.close_async()
            self._is_open = False

    async def _open(self) -> None:
        async with self._opening:
            if not self._is_open:
                await self._make_tables()
                await self._app.open_async()
                self._is_open = True

    async def _make_tables(self) -> None:
        """The engine's own tables, made once, whoever comes first."""
        async with await psycopg.AsyncConnection.connect(self._url, **CONNECTION) as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
            found = await (await connection.execute("SELECT to_regclass('procrastinate_jobs')")).fetchone()
            if found == (None,):
                await connection.execute(self._app.schema_manager.get_schema())

    async def _work(self) -> None:
        await self._app.run_worker_async(
            queues=[QUEUE],
            concurrency=self._pace.concurrency,
            install_signal_handlers=False,
            fetch_job_polling_interval=1.0,
            shutdown_graceful_timeout=0.0,
            delete_jobs="always",
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=DEAD_AFTER * 2,
        )

    async def _perform(self, image: int) -> None:
        """One job of the engine. What it fails at stays pending, and is announced again when it is due."""
        if self._handle is None:
            raise AssertionError("jobs are performed by those who run the queue")
        async with self._units.writing() as unit:
            job = await unit.variant_jobs.claim_of(ImageId(image), until=self._leases.end())
            await unit.commit()
        if job is not None:
            await self._leases.handle(job, self._handle)

    async def _look_after(self) -> None:
        while True:
            try:
                await self._hand_on()
                await self._reconcile()
            except (CalotypeError, ConnectorException, psycopg.Error) as error:
                log.warning("cannot look after jobs: %s", getattr(error, "code", type(error).__name__))
            await asyncio.sleep(LOOK_EVERY)

    async def _hand_on(self) -> None:
        """Let others have what dead workers held."""
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=DEAD_AFTER):
            await self._again(job)

    async def _again(self, job: Job) -> None:
        manager = self._app.job_manager
        try:
            await manager.retry_job(job)
        except (AlreadyEnqueued, ConnectorException):  # another one waits already, for this one's lock
            await manager.finish_job(job, Status.FAILED, delete_job=True)

    async def _reconcile(self) -> None:
        """Announce whatever is due: jobs that nobody announced, and tries that failed."""
        now = self._clock.now()
        async with self._units.reading() as unit:
            if not await unit.variant_jobs.is_any_due(now):
                return
        async with self._units.writing() as unit:
            due = await unit.variant_jobs.postpone(at=now, until=now + ANNOUNCED_FOR, limit=BATCH)
            await unit.commit()
        await self._announce(due)

    async def _announce(self, images: Sequence[ImageId]) -> None:
        for image in images:
            name = f"{TASK} {image}"  # one at a time works on a picture, and one more may wait
            try:
                await self._task.configure(lock=name, queueing_lock=name).defer_async(image=image)
            except AlreadyEnqueued:
                continue
