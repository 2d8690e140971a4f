"""Use cases of the audit."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from domain.use_cases.audit import ForgetAudit, ListAudit
from entrypoints.assembly.parts import Parts


@dataclass(frozen=True)
class AuditUseCases:
    parts: Parts

    @cached_property
    def list_audit(self) -> ListAudit:
        return ListAudit(units=self.parts.database.units)

    @cached_property
    def forget_audit(self) -> ForgetAudit:
        parts = self.parts
        retention = timedelta(days=parts.database.settings.audit.retention_days)
        return ForgetAudit(units=parts.database.units, clock=parts.system.clock, retention=retention)
