"""The queue that needs nothing but the database: it polls for jobs that are due, and claims them one by one."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from adapters.jobs.lease import Leases, log
from adapters.jobs.sources import SourceIn, sources_of
from adapters.jobs.unknown_kinds import UnknownKinds
from domain.errors import CalotypeError
from domain.model.jobs.job import JobKind, JobReference
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.jobs import JobHandler, JobQueue
from domain.ports.system import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedQueuePace:
    """``concurrency``: jobs at once. ``poll``: seconds between two checks for jobs of other processes.

    ``lease``: seconds for which a claimed job is kept from other processes. It is renewed while the job runs, so the
    jobs of a process that died are claimed again within one lease.
    """

    concurrency: int = 1
    poll: float = 0.5
    lease: float = 6.0


class EmbeddedJobQueue(JobQueue):
    def __init__(self, units: UnitsOfWork, clock: Clock, pace: EmbeddedQueuePace) -> None:
        self._units = units
        self._clock = clock
        self._pace = pace
        self._leases = Leases(units, clock, pace.lease)
        self._unknown = UnknownKinds(units)
        self._wake = asyncio.Event()

    async def put(self, jobs: Sequence[JobReference]) -> None:  # noqa: ARG002  # the next claim finds them
        self._wake.set()

    async def close(self) -> None:
        """Nothing is held open."""

    async def run(self, handlers: Mapping[JobKind, JobHandler]) -> None:
        sources = sources_of(frozenset(handlers))
        async with asyncio.TaskGroup() as workers:
            workers.create_task(self._unknown.watch(handlers))
            for _ in range(self._pace.concurrency):
                workers.create_task(self._work(handlers, sources))

    async def _work(self, handlers: Mapping[JobKind, JobHandler], sources: list[SourceIn]) -> None:
        while True:
            self._wake.clear()
            job = await self._claim(sources)
            if job is not None:
                await self._leases.handle(job, handlers[job.kind])
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.poll):
                    await self._wake.wait()

    async def _claim(self, sources: list[SourceIn]) -> JobReference | None:
        """The next job, claimed. ``sources`` take turns: the one that gave a job goes to the end of the list."""
        try:
            now = self._clock.now()
            async with self._units.reading() as unit:
                due = [each for each in sources if await each(unit).is_any_due(now)]
            for source in due:
                async with self._units.writing() as unit:
                    claimed = await source(unit).claim(at=self._clock.now(), until=self._leases.end(), limit=1)
                    await unit.commit()
                if claimed:
                    sources.remove(source)
                    sources.append(source)
                    return claimed[0]
        except CalotypeError as error:  # the database is away; the next look asks it again
            log.warning("cannot look for jobs: %s", error.code)
        return None
