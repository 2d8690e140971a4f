"""The queue on procrastinate, a job engine on the same PostgreSQL, for workers on many machines.

Which jobs there are is known from their rows alone. The engine brings them to workers at once, and hands on those of a
dead worker. A job that the engine was not told of, or lost, is announced to it again.

Each kind is a queue and a task of the engine, so that a worker gets jobs of the kinds that it has handlers for only.
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
from psycopg.conninfo import conninfo_to_dict

from adapters.jobs.lease import Leases, log
from adapters.jobs.sources import source_of, sources_of
from adapters.jobs.unknown_kinds import UnknownKinds
from domain.errors import CalotypeError, DatabaseUnavailable, ReadOnly
from domain.model.jobs.job import JobKind, JobReference
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.jobs import JobHandler, JobQueue, Lane
from domain.ports.system import Clock

SCHEMA_LOCK = 0x63616C6F + 1  # any number that no other advisory lock has
PUT_DEADLINE = 1.0  # seconds
CONNECT_DEADLINE = 5  # seconds
CONNECTIONS = 8  # of one process; each lane listens on one, the others are used for one statement each
# No wait is endless: for an answer, for a lock, or for a machine that is gone. Times are in milliseconds where they are
# settings of the server or of TCP, and in seconds elsewhere. Poolers refuse the first at the start of a connection.
SETTINGS = b"SET statement_timeout = 10000; SET lock_timeout = 5000"
CONNECTION: Mapping[str, Any] = {
    "application_name": "calotype jobs",
    "connect_timeout": CONNECT_DEADLINE,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15000,
}
FETCH_EVERY = 1.0  # seconds
HEARTBEAT_EVERY = 3.0  # seconds
DEAD_AFTER = 10.0  # seconds without a heartbeat
LOOK_EVERY = 3.0  # seconds between two checks for jobs that the engine does not know of
ANNOUNCED_FOR = timedelta(seconds=20)  # a job is announced again if no worker has claimed it by then
BATCH = 200  # jobs announced after one look


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcrastinatePace:
    """``lease``: seconds after which the jobs of a silent worker are announced again."""

    lease: float = 15.0


class ProcrastinateJobQueue(JobQueue):
    def __init__(self, url: str, units: UnitsOfWork, clock: Clock, pace: ProcrastinatePace) -> None:
        """``url``: as libpq reads it. Its parameters come before those of ``CONNECTION``."""
        self._place = {**CONNECTION, **conninfo_to_dict(url)}
        self._units = units
        self._clock = clock
        self._leases = Leases(units, clock, pace.lease)
        self._connector = PsycopgConnector(
            kwargs=self._place,
            configure=_configure,
            min_size=0,
            max_size=CONNECTIONS,
            timeout=CONNECT_DEADLINE,
        )
        self._app = App(connector=self._connector)
        self._unknown = UnknownKinds(units)
        self._handlers: Mapping[JobKind, JobHandler] = {}
        self._opening = asyncio.Lock()
        self._is_open = False

    async def put(self, jobs: Sequence[JobReference]) -> None:
        try:
            async with asyncio.timeout(PUT_DEADLINE):
                await self._open()
                await self._announce(jobs)
        except (TimeoutError, CalotypeError, ConnectorException, psycopg.Error) as error:
            log.warning("cannot announce jobs now, only later: %s", type(error).__name__)

    async def run(self, lanes: Sequence[Lane]) -> None:
        self._handlers = {kind: handler for lane in lanes for kind, handler in lane.handlers.items()}
        for name in {_name(kind) for kind in self._handlers} - set(self._app.tasks):
            self._app.task(name=name, queue=name)(self._perform)
        try:
            await self._open()
            async with asyncio.TaskGroup() as work:
                for lane in lanes:
                    work.create_task(self._work(lane))
                work.create_task(self._look_after())
                work.create_task(self._unknown.watch(self._handlers))
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
        """Make the engine's own tables, unless another process has."""
        async with await psycopg.AsyncConnection.connect(**self._place) as connection:
            await _configure(connection)
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
            found = await (await connection.execute("SELECT to_regclass('procrastinate_jobs')")).fetchone()
            if found == (None,):
                await connection.execute(self._app.schema_manager.get_schema())

    async def _work(self, lane: Lane) -> None:
        await self._app.run_worker_async(
            queues=[_name(kind) for kind in lane.handlers],
            concurrency=lane.places,
            install_signal_handlers=False,
            fetch_job_polling_interval=FETCH_EVERY,
            shutdown_graceful_timeout=0.0,
            delete_jobs="always",
            update_heartbeat_interval=HEARTBEAT_EVERY,
            stalled_worker_timeout=DEAD_AFTER * 2,
        )

    async def _perform(self, kind: JobKind, id: int) -> None:
        """Handle one job that the engine brings. If it fails, it is announced again when it is due."""
        job = JobReference(kind, id)
        try:
            async with self._units.writing() as unit:
                is_ours = await source_of(unit, kind).claim_one(job, until=self._leases.end())
                await unit.commit()
        except ReadOnly:  # it is announced again when the maintenance is over
            return
        if is_ours:
            await self._leases.handle(job, self._handlers[kind])

    async def _look_after(self) -> None:
        while True:
            try:
                await self._hand_on()
                await self._reconcile()
            except ReadOnly:
                pass
            except (CalotypeError, ConnectorException, psycopg.Error) as error:
                log.warning("cannot look after jobs: %s", getattr(error, "code", type(error).__name__))
            await asyncio.sleep(LOOK_EVERY)

    async def _hand_on(self) -> None:
        """Give the jobs of dead workers to others."""
        manager = self._app.job_manager
        for kind in self._handlers:
            for job in await manager.get_stalled_jobs(queue=_name(kind), seconds_since_heartbeat=DEAD_AFTER):
                await self._again(job)

    async def _again(self, job: Job) -> None:
        manager = self._app.job_manager
        try:
            await manager.retry_job(job)
        except (AlreadyEnqueued, ConnectorException):  # the same job has been announced again meanwhile
            await manager.finish_job(job, Status.FAILED, delete_job=True)

    async def _reconcile(self) -> None:
        """Announce every job that is due: those that were never announced, and those to be tried again."""
        now = self._clock.now()
        for source in sources_of(frozenset(self._handlers)):
            async with self._units.reading() as unit:
                if not await source(unit).is_any_due(now):
                    continue
            async with self._units.writing() as unit:
                due = await source(unit).postpone(at=now, until=now + ANNOUNCED_FOR, limit=BATCH)
                await unit.commit()
            await self._announce(due)

    async def _announce(self, jobs: Sequence[JobReference]) -> None:
        for job in jobs:
            name = _name(job.kind)
            # One at a time works on a job, or on the jobs of one subject. The engine holds one announcement of each job.
            lock, queueing_lock = f"{name} {job.subject or job.id}", f"{name} {job.id}"
            task = self._app.configure_task(name, queue=name, lock=lock, queueing_lock=queueing_lock)
            try:
                await task.defer_async(kind=job.kind, id=job.id)
            except AlreadyEnqueued:
                continue


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute(SETTINGS)
    await connection.commit()


def _name(kind: JobKind) -> str:
    """What the engine calls the queue and the task of a kind."""
    return f"calotype.{kind}"
