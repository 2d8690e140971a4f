"""Maintenance: a time in which nothing is written."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import ReadOnly
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock


@dataclass(frozen=True, slots=True)
class BeginMaintenance:
    """Have everything that writes refused, in every process of the installation. Units of work that write end before."""

    units: UnitsOfWork
    clock: Clock

    async def __call__(self) -> datetime:
        """Since when it has been so, which is earlier than now if it was already."""
        async with self.units.writing(in_maintenance=True) as unit:
            since = await unit.maintenance.begin(self.clock.now())
            await unit.commit()
        return since


@dataclass(frozen=True, slots=True)
class EndMaintenance:
    """Let all processes write again."""

    units: UnitsOfWork

    async def __call__(self) -> None:
        async with self.units.writing(in_maintenance=True) as unit:
            await unit.maintenance.end()
            await unit.commit()


@dataclass(frozen=True, slots=True)
class ShowMaintenance:
    """Since when nothing is written; None if it is not so."""

    units: UnitsOfWork

    async def __call__(self) -> datetime | None:
        async with self.units.reading() as unit:
            return await unit.maintenance.since()


@dataclass(frozen=True, slots=True)
class CheckWritable:
    """Refuse work that would be refused at its end, before it costs anything; and work that writes no rows."""

    units: UnitsOfWork

    async def __call__(self) -> None:
        """Return if there is no maintenance.

        Raises:
            ReadOnly: there is.
        """
        async with self.units.reading() as unit:
            if await unit.maintenance.since() is not None:
                raise ReadOnly
