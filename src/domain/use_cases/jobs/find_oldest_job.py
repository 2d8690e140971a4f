"""Find out how long jobs wait."""

from dataclasses import dataclass
from datetime import timedelta

from domain.model.images.variant import VariantState
from domain.model.jobs.job import JobState
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock

_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class FindOldestJob:
    """How long the job that is due for longest has been due, of whatever kind; nothing if none is due."""

    units: UnitsOfWork
    clock: Clock

    async def __call__(self) -> timedelta:
        async with self.units.reading() as unit:
            jobs = await unit.jobs.list(states=frozenset({JobState.PENDING}), limit=1)
            variants = await unit.variant_jobs.unfinished(states=frozenset({VariantState.PENDING}), limit=1)
        now = self.clock.now()
        dues = [*(job.due for job in jobs), *(each.variant.due for each in variants)]
        return max([_NONE, *(now - due for due in dues)])
