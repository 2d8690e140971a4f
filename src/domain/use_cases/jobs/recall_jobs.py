"""Do now what a wrong clock put off."""

from dataclasses import dataclass
from datetime import timedelta

from domain.model.jobs.job import JobKind
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock

FRESH = timedelta(minutes=1)
"""No job that was never tried is put off for longer: it is due at once, or announced again soon."""
MARGIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class RecallJobs:
    """Make jobs due that are due later than any pause or lease lasts: the clock was ahead when they were put off.

    ``longest_pauses``: of variants, and of jobs of the other kinds.
    """

    units: UnitsOfWork
    clock: Clock
    kinds: frozenset[JobKind]
    longest_pauses: tuple[timedelta, timedelta]

    async def __call__(self) -> int:
        """How many variants and other jobs were put off so far."""
        variants, others = self.longest_pauses
        async with self.units.writing() as unit:
            now = self.clock.now()
            fresh = now + FRESH
            recalled = await unit.variant_jobs.recall(at=now, fresh=fresh, tried=now + variants + MARGIN)
            recalled += await unit.jobs.of(self.kinds).recall(at=now, fresh=fresh, tried=now + others + MARGIN)
            if recalled:
                await unit.commit()
        return recalled
