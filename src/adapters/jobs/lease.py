"""Keeping a claimed job from others while it is worked on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeAlias

from domain.errors import CalotypeError
from domain.ports.repositories import VariantJob
from domain.ports.system import Clock
from domain.ports.unit_of_work import UnitsOfWork

log = logging.getLogger("calotype.jobs")

Handler: TypeAlias = Callable[[VariantJob], Awaitable[None]]


class Leases:
    """After the death of a process its jobs are due again within one lease, ``seconds`` long."""

    def __init__(self, units: UnitsOfWork, clock: Clock, seconds: float) -> None:
        self._units = units
        self._clock = clock
        self._seconds = seconds

    def end(self) -> datetime:
        """When a lease that begins now ends."""
        return self._clock.now() + timedelta(seconds=self._seconds)

    async def handle(self, job: VariantJob, handle: Handler) -> None:
        """Do a job that was claimed, and renew the claim meanwhile. What goes wrong is logged; the job stays due."""
        async with self._kept(job):
            try:
                await handle(job)
            except Exception:  # of whatever kind: one job's failure must not end the work on the others
                log.exception("making the variants of picture %d failed; it will be tried again", job.image)

    @asynccontextmanager
    async def _kept(self, job: VariantJob) -> AsyncIterator[None]:
        renewal = asyncio.create_task(self._renew(job))
        try:
            yield
        finally:
            renewal.cancel()
            await asyncio.wait([renewal])

    async def _renew(self, job: VariantJob) -> None:
        while True:
            await asyncio.sleep(self._seconds / 3)
            try:
                async with self._units.writing() as unit:
                    await unit.variant_jobs.extend(job, self.end())
                    await unit.commit()
            except CalotypeError as error:
                log.warning("cannot keep the claim on picture %d: %s", job.image, error.code)
