"""Count the variants in each state."""

from dataclasses import dataclass

from domain.ports.database.job_sources import VariantTally
from domain.ports.database.unit_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class TallyVariants:
    """How many variants are pending, ready and failed."""

    units: UnitsOfWork

    async def __call__(self) -> VariantTally:
        async with self.units.reading() as unit:
            return await unit.variant_jobs.tally()
