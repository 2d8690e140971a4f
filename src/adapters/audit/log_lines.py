"""Records of the audit as lines of the log."""

import logging
from collections.abc import Sequence

from domain.model.audit.record import AuditRecord

log = logging.getLogger("calotype.audit")


def write_lines(records: Sequence[AuditRecord]) -> None:
    """Write a line for each record, with its values as ``audit`` for a log in JSON."""
    for record in records:
        values = {name: value for name, value in values_of(record).items() if value not in (None, "")}
        text = " ".join(f"{name}={value!r}" for name, value in values.items() if name != "action")
        log.info("%s %s", record.deed.action.value, text, extra={"members": values})


def values_of(record: AuditRecord) -> dict[str, object]:
    actor, deed = record.actor, record.deed
    return {
        "action": deed.action.value,
        "by": actor.kind.value,
        "by_user": actor.user,
        "by_key": actor.key,
        "by_name": actor.name,
        "address": actor.address,
        "user": deed.user,
        "subject": deed.subject,
        "detail": deed.detail,
    }
