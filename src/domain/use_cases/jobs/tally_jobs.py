"""Count jobs of every kind but making variants."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.model.jobs.job import JobKind, JobState
from domain.ports.database.unit_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class TallyJobs:
    """How many jobs of each kind are in each state."""

    units: UnitsOfWork

    async def __call__(self) -> Mapping[tuple[JobKind, JobState], int]:
        async with self.units.reading() as unit:
            return await unit.jobs.tally()
