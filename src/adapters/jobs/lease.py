"""Keeping a claimed job from other processes while it is worked on."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from adapters.jobs.sources import source_of
from domain.errors import CalotypeError, ReadOnly
from domain.model.jobs.job import JobReference
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.jobs import JobHandler
from domain.ports.system import Clock

log = logging.getLogger("calotype.jobs")

RENEWALS = 3  # in the time of one lease, so that one or two that fail do not lose the job


class Leases:
    """Leases that last ``seconds``: this long after a process died, its jobs are due again."""

    def __init__(self, units: UnitsOfWork, clock: Clock, seconds: float) -> None:
        self._units = units
        self._clock = clock
        self._seconds = seconds

    def end(self) -> datetime:
        """When a lease that begins now ends."""
        return self._clock.now() + timedelta(seconds=self._seconds)

    async def handle(self, job: JobReference, handler: JobHandler) -> None:
        """Handle a claimed job and renew its lease meanwhile. An error is logged, and the job is due again later."""
        async with self._renewed(job):
            try:
                await handler(job)
            except ReadOnly:
                log.info("job %s %d is done again when the maintenance is over", job.kind, job.id)
            except Exception:  # of whatever type: the error of one job must not end the work on the others
                log.exception("job %s %d failed and will be tried again", job.kind, job.id)

    @asynccontextmanager
    async def _renewed(self, job: JobReference) -> AsyncIterator[None]:
        renewal = asyncio.create_task(self._renew(job))
        try:
            yield
        finally:
            renewal.cancel()
            await asyncio.wait([renewal])

    async def _renew(self, job: JobReference) -> None:
        while True:
            await asyncio.sleep(self._seconds / RENEWALS)
            try:
                async with self._units.writing() as unit:
                    await source_of(unit, job.kind).extend(job, self.end())
                    await unit.commit()
            except ReadOnly:  # no other process can claim the job meanwhile
                pass
            except CalotypeError as error:
                log.warning("cannot renew the lease of job %s %d: %s", job.kind, job.id, error.code)
