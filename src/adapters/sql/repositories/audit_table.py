"""The audit in a table."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update

from adapters.sql.schema.moments import instant, micros
from adapters.sql.schema.rows import Row, Values
from adapters.sql.schema.tables import audit
from adapters.sql.transactions.connection import Connection
from domain.model.access.access_key import AccessKeyId
from domain.model.access.user import UserId
from domain.model.audit.deeds import subject_of
from domain.model.audit.record import Action, Actor, ActorKind, AuditFilter, AuditRecord, Deed
from domain.model.images.naming import ImageId
from domain.ports.database.audit_table import AuditTable

ADD = insert(audit)
COLUMNS = tuple(column for column in audit.c if column.name != "id")


class SqlAuditTable(AuditTable):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, records: Sequence[AuditRecord]) -> None:
        for record in records:
            await self._connection.execute_by_key(ADD, _values(record))

    async def list(self, which: AuditFilter, *, limit: int) -> Sequence[AuditRecord]:
        query = select(*COLUMNS).order_by(audit.c.id.desc()).limit(limit)
        if which.user is not None:
            query = query.where(or_(audit.c.user_id == which.user, audit.c.by_user == which.user))
        if which.action is not None:
            query = query.where(audit.c.action == which.action.value)
        if which.since is not None:
            query = query.where(audit.c.at >= micros(which.since))
        rows = (await self._connection.execute(query)).rows
        return [_record(row) for row in reversed(rows)]

    async def redact_image(self, image: ImageId) -> None:
        await self._connection.execute(update(audit).where(audit.c.subject == subject_of(image)).values(detail=""))

    async def redact_user(self, user: UserId) -> None:
        await self._connection.execute(update(audit).where(audit.c.user_id == user).values(detail=""))
        await self._connection.execute(update(audit).where(audit.c.by_user == user).values(address=""))

    async def expire(self, *, before: datetime) -> int:
        return (await self._connection.execute(delete(audit).where(audit.c.at < micros(before)))).count


def _values(record: AuditRecord) -> Values:
    actor, deed = record.actor, record.deed
    return {
        "at": micros(record.at),
        "action": deed.action.value,
        "by": actor.kind.value,
        "by_user": actor.user,
        "by_key": actor.key,
        "by_name": actor.name,
        "address": actor.address,
        "user_id": deed.user,
        "subject": deed.subject,
        "detail": deed.detail,
    }


def _record(row: Row) -> AuditRecord:
    at, by_user, by_key, user, action, by, by_name, address, subject, detail = row
    return AuditRecord(
        instant(at),
        Actor(
            kind=ActorKind(by),
            user=None if by_user is None else UserId(by_user),
            key=None if by_key is None else AccessKeyId(by_key),
            address=address,
            name=by_name,
        ),
        Deed(Action(action), None if user is None else UserId(user), subject, detail),
    )
