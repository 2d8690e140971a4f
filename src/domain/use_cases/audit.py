"""Read the audit, and forget what is too old."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.model.access.user import UserId
from domain.model.audit.record import Action, AuditFilter, AuditRecord
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock
from domain.use_cases.access.find_user import find_user


@dataclass(frozen=True, slots=True)
class AuditedDeed:
    """A record, with the names that the users in it have now; None: the user was removed, or there is none."""

    record: AuditRecord
    by_username: str | None
    username: str | None


@dataclass(frozen=True, slots=True)
class ListAudit:
    """What was done, oldest first."""

    units: UnitsOfWork

    async def __call__(
        self, *, username: str | None, action: Action | None, since: datetime | None, limit: int
    ) -> Sequence[AuditedDeed]:
        """The newest ``limit`` records that match.

        Raises:
            UserNotFound: there is no user of that name.
        """
        async with self.units.reading() as unit:
            user = None if username is None else (await find_user(unit, username)).id
            names: dict[UserId | None, str] = {each.id: each.username for each in await unit.users.list()}
            found = await unit.audit.list(AuditFilter(user=user, action=action, since=since), limit=limit)
        return [AuditedDeed(each, names.get(each.actor.user), names.get(each.deed.user)) for each in found]


@dataclass(frozen=True, slots=True)
class ForgetAudit:
    """Remove the records that are older than ``retention``."""

    units: UnitsOfWork
    clock: Clock
    retention: timedelta

    async def __call__(self) -> int:
        async with self.units.writing() as unit:
            number = await unit.audit.expire(before=self.clock.now() - self.retention)
            await unit.commit()
        return number
