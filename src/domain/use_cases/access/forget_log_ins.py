"""Forget failed log-ins."""

from dataclasses import dataclass

from domain.model.access.log_in_policy import MOST_MARKS
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock


@dataclass(frozen=True, slots=True)
class ForgetLogIns:
    """Forget failures that count no longer, and addresses that are known no longer; and bound the number of the others.

    Strangers can cause as many marks as they have addresses and names. Those that last longest stay: to have the failures
    for one name forgotten, they must fail as often for all the others.
    """

    units: UnitsOfWork
    clock: Clock

    async def __call__(self) -> None:
        async with self.units.writing() as unit:
            await unit.log_in_marks.sweep(self.clock.now(), most=MOST_MARKS)
            await unit.commit()
