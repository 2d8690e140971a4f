"""Use cases of maintenance."""

from dataclasses import dataclass
from functools import cached_property

from domain.use_cases.maintenance import BeginMaintenance, CheckWritable, EndMaintenance, ShowMaintenance
from entrypoints.assembly.parts import Parts


@dataclass(frozen=True)
class MaintenanceUseCases:
    parts: Parts

    @cached_property
    def begin(self) -> BeginMaintenance:
        return BeginMaintenance(units=self.parts.database.units, clock=self.parts.system.clock)

    @cached_property
    def end(self) -> EndMaintenance:
        return EndMaintenance(units=self.parts.database.units)

    @cached_property
    def show(self) -> ShowMaintenance:
        return ShowMaintenance(units=self.parts.database.units)

    @cached_property
    def check_writable(self) -> CheckWritable:
        return CheckWritable(units=self.parts.database.units)
