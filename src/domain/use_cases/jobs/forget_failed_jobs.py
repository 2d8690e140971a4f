"""Forget jobs that failed long ago."""

from dataclasses import dataclass

from domain.model.jobs.job import KEPT_AFTER_FAILURE, JobState
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock

BATCH = 200  # jobs removed in one unit of work


@dataclass(frozen=True, slots=True)
class ForgetFailedJobs:
    """Remove jobs of every kind whose last try is longer ago than ``KEPT_AFTER_FAILURE``, such as events of a webhook that
    nobody looks after. Done twice, or by two processes at once, it does no harm.
    """

    units: UnitsOfWork
    clock: Clock

    async def __call__(self) -> None:
        while await self._forget_some():
            pass

    async def _forget_some(self) -> bool:
        """Whether there may be more."""
        before = self.clock.now() - KEPT_AFTER_FAILURE
        async with self.units.reading() as unit:
            oldest = await unit.jobs.list(states=frozenset({JobState.FAILED}), limit=BATCH)
        old = sorted(job.id for job in oldest if job.due < before)
        if old:
            async with self.units.writing() as unit:
                for id in old:  # in one order, so that two processes do not block each other
                    job = await unit.jobs.find(id)
                    if job is not None and job.state is JobState.FAILED:  # it may be tried again by now
                        await unit.jobs.remove(id)
                await unit.commit()
        return len(old) == BATCH
