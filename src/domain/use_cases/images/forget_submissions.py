"""Let go of keys of uploads that were remembered for long enough."""

from dataclasses import dataclass

from domain.model.images.submission import REMEMBERED_FOR
from domain.ports.system import Clock
from domain.ports.unit_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class ForgetSubmissions:
    """Drop what nobody is answered by any more. Doing it twice, or in two processes at once, does no harm."""

    units: UnitsOfWork
    clock: Clock

    async def __call__(self) -> None:
        async with self.units.writing() as unit:
            await unit.submissions.expire(before=self.clock.now() - REMEMBERED_FOR)
            await unit.commit()
