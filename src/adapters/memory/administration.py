"""Maintenance and the record of secrets as values, and the audit as a list."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.state import MemoryState
from domain.model.access.user import UserId
from domain.model.audit.deeds import subject_of
from domain.model.audit.record import AuditFilter, AuditRecord
from domain.model.images.naming import ImageId
from domain.ports.database.audit_table import AuditTable
from domain.ports.database.maintenance import Maintenance
from domain.ports.database.secret_record import SecretRecord


class MemoryMaintenance(Maintenance):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def since(self) -> datetime | None:
        return self._state.maintenance_since

    async def begin(self, at: datetime) -> datetime:
        self._state.maintenance_since = self._state.maintenance_since or at
        return self._state.maintenance_since

    async def end(self) -> None:
        self._state.maintenance_since = None


class MemorySecretRecord(SecretRecord):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def read(self) -> frozenset[str]:
        return self._state.secrets

    async def write(self, fingerprints: frozenset[str]) -> None:
        self._state.secrets = frozenset(fingerprints)


class MemoryAuditTable(AuditTable):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def add(self, records: Sequence[AuditRecord]) -> None:
        self._state.audit.extend(records)

    async def list(self, which: AuditFilter, *, limit: int) -> Sequence[AuditRecord]:
        return [each for each in self._state.audit if which.matches(each)][-limit:]

    async def redact_image(self, image: ImageId) -> None:
        self._state.audit = [
            replace(each, deed=replace(each.deed, detail="")) if each.deed.subject == subject_of(image) else each
            for each in self._state.audit
        ]

    async def redact_user(self, user: UserId) -> None:
        def redacted(record: AuditRecord) -> AuditRecord:
            if record.deed.user == user:
                record = replace(record, deed=replace(record.deed, detail=""))
            return replace(record, actor=replace(record.actor, address="")) if record.actor.user == user else record

        self._state.audit = [redacted(each) for each in self._state.audit]

    async def expire(self, *, before: datetime) -> int:
        kept = [each for each in self._state.audit if each.at >= before]
        expired, self._state.audit = len(self._state.audit) - len(kept), kept
        return expired
