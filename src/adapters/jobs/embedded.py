"""The queue that needs nothing but the database: a loop that claims pending variants."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from adapters.jobs.lease import Handler, Leases, log
from domain.errors import CalotypeError
from domain.model.images.naming import ImageId
from domain.ports.jobs import JobQueue
from domain.ports.repositories import VariantJob
from domain.ports.system import Clock
from domain.ports.unit_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedQueuePace:
    """``concurrency``: jobs at once. ``poll``: seconds between looks for the jobs of other processes.

    ``lease``: seconds for which a job is kept from others; it is renewed while the job runs, so after the death of a
    process its jobs are taken up again within one lease.
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
        self._wake = asyncio.Event()

    async def put(self, images: Sequence[ImageId]) -> None:  # noqa: ARG002  # the loop looks for itself
        self._wake.set()

    async def close(self) -> None:
        """Nothing is held open."""

    async def run(self, handle: Handler) -> None:
        async with asyncio.TaskGroup() as workers:
            for _ in range(self._pace.concurrency):
                workers.create_task(self._work(handle))

    async def _work(self, handle: Handler) -> None:
        while True:
            self._wake.clear()
            job = await self._claim()
            if job is not None:
                await self._leases.handle(job, handle)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.poll):
                    await self._wake.wait()

    async def _claim(self) -> VariantJob | None:
        try:
            async with self._units.reading() as unit:
                if not (await unit.variant_jobs.is_any_due(self._clock.now())):
                    return None
            async with self._units.writing() as unit:
                claimed = await unit.variant_jobs.claim(at=self._clock.now(), until=self._leases.end(), limit=1)
                await unit.commit()
        except CalotypeError as error:  # the database is away; it will be asked again
            log.warning("cannot look for pending variants: %s", error.code)
            return None
        return claimed[0] if claimed else None
