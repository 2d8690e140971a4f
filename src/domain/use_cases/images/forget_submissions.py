"""Forget the idempotency keys of old uploads."""

from dataclasses import dataclass

from domain.model.images.submission import REMEMBERED_FOR
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock


@dataclass(frozen=True, slots=True)
class ForgetSubmissions:
    """Forget every upload that is too old to be recognised. Done twice, or by two processes at once, it does no harm."""

    units: UnitsOfWork
    clock: Clock

    async def __call__(self) -> None:
        async with self.units.writing() as unit:
            await unit.submissions.expire(before=self.clock.now() - REMEMBERED_FOR)
            await unit.commit()
