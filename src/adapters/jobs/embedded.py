"""The queue that needs nothing but the database: it polls for jobs that are due, and claims them one by one."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from adapters.jobs.lease import Leases, log
from adapters.jobs.sources import SourceIn, sources_of
from adapters.jobs.unknown_kinds import UnknownKinds
from domain.errors import CalotypeError, ReadOnly
from domain.model.jobs.job import JobKind, JobReference
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.jobs import JobQueue, Lane
from domain.ports.system import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedQueuePace:
    """``poll``: seconds between two checks for jobs of other processes.

    ``lease``: seconds for which a claimed job is kept from other processes. It is renewed while the job runs, so the
    jobs of a process that died are claimed again within one lease.
    """

    poll: float = 0.5
    lease: float = 6.0


class EmbeddedJobQueue(JobQueue):
    def __init__(self, units: UnitsOfWork, clock: Clock, pace: EmbeddedQueuePace) -> None:
        self._units = units
        self._clock = clock
        self._pace = pace
        self._leases = Leases(units, clock, pace.lease)
        self._unknown = UnknownKinds(units)
        self._calls: dict[JobKind, asyncio.Event] = {}  # of each kind, that of its lane

    async def put(self, jobs: Sequence[JobReference]) -> None:
        for job in jobs:
            if (call := self._calls.get(job.kind)) is not None:
                call.set()  # the next claim finds the job

    async def close(self) -> None:
        """Nothing is held open."""

    async def run(self, lanes: Sequence[Lane]) -> None:
        calls = [(lane, asyncio.Event()) for lane in lanes]
        self._calls = {kind: call for lane, call in calls for kind in lane.handlers}
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._unknown.watch(self._calls.keys()))
            for lane, call in calls:
                tasks.create_task(self._serve(lane, call, tasks))

    async def _serve(self, lane: Lane, call: asyncio.Event, tasks: asyncio.TaskGroup) -> None:
        """Claim the jobs of one lane, whenever it has a free place, and handle each as a task."""
        sources = sources_of(frozenset(lane.handlers))
        places, busy, served = asyncio.Semaphore(lane.places), set[str](), set[str]()

        async def handle(job: JobReference) -> None:
            try:
                await self._leases.handle(job, lane.handlers[job.kind])
            finally:
                busy.discard(job.subject)
                places.release()
                call.set()

        while True:
            await places.acquire()
            job = await self._next(sources, call, busy, served)
            if job.subject:
                busy.add(job.subject)
                served.add(job.subject)
            tasks.create_task(handle(job))

    async def _next(
        self, sources: list[SourceIn], call: asyncio.Event, busy: Collection[str], served: set[str]
    ) -> JobReference:
        """The next job, claimed, as soon as there is one whose subject is not ``busy``.

        Subjects take turns, so that one with many jobs that take long does not keep its place: one that was ``served`` has
        another job done when no other has any. Then a new round begins.
        """
        while True:
            call.clear()
            job = await self._claim(sources, frozenset(served.union(busy)))
            if job is None and not served.issubset(busy):
                served.clear()
                job = await self._claim(sources, frozenset(busy))
            if job is not None:
                return job
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.poll):
                    await call.wait()

    async def _claim(self, sources: list[SourceIn], busy: frozenset[str]) -> JobReference | None:
        """The next job, claimed. ``sources`` take turns: the one that gave a job goes to the end of the list."""
        try:
            now = self._clock.now()
            async with self._units.reading() as unit:
                due = [each for each in sources if await each(unit).is_any_due(now, busy=busy)]
            for source in due:
                async with self._units.writing() as unit:
                    at, until = self._clock.now(), self._leases.end()
                    claimed = await source(unit).claim(at=at, until=until, limit=1, busy=busy)
                    await unit.commit()
                if claimed:
                    sources.remove(source)
                    sources.append(source)
                    return claimed[0]
        except ReadOnly:  # jobs wait until it is over
            pass
        except CalotypeError as error:  # the database is away; the next look asks it again
            log.warning("cannot look for jobs: %s", error.code)
        return None
