"""What users have stored, and how much they may store."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.model.access.access_key import Principal
from domain.model.access.quota import NO_LIMIT, Amount, OwnQuota, Quota, Usage, UsageTotal
from domain.model.access.user import User
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.use_cases.access.find_user import find_user


@dataclass(frozen=True, slots=True)
class Account:
    """What a user has, may have, and may still store. ``None``: there is no quota."""

    used: Amount
    images: tuple[int, int] | None
    bytes: tuple[int, int] | None

    @classmethod
    def of(cls, usage: Usage, usual: Quota) -> "Account":
        quota, left = usage.own.within(usual), usage.left(usual)
        return cls(
            usage.used,
            None if quota.images == NO_LIMIT else (quota.images, left.images),
            None if quota.bytes == NO_LIMIT else (quota.bytes, left.bytes),
        )


@dataclass(frozen=True, slots=True)
class ShowAccount:
    """What the principal's user has. Every key may ask."""

    quota: Quota

    def __call__(self, principal: Principal) -> Account:
        return Account.of(principal.usage or Usage(), self.quota)


@dataclass(frozen=True, slots=True)
class ListAccounts:
    """What every user has, sorted by name."""

    units: UnitsOfWork
    quota: Quota

    async def __call__(self) -> Sequence[tuple[User, Account]]:
        async with self.units.reading() as unit:
            users, usages = await unit.users.list(), await unit.usage.list()
        return [(user, Account.of(usages.get(user.id, Usage()), self.quota)) for user in users]


@dataclass(frozen=True, slots=True)
class TallyUsage:
    """What all users have together."""

    units: UnitsOfWork
    quota: Quota

    async def __call__(self) -> UsageTotal:
        async with self.units.reading() as unit:
            return await unit.usage.total(self.quota)


@dataclass(frozen=True, slots=True)
class SetQuota:
    """Set how much a user may have. What the user has already stays."""

    units: UnitsOfWork
    quota: Quota

    async def __call__(self, username: str, own: OwnQuota, *, images: bool = True, bytes: bool = True) -> Account:
        """What the user has and may have now. ``images``, ``bytes``: whether this part of the quota is set."""
        async with self.units.writing() as unit:
            user = await find_user(unit, username)
            before = (await unit.usage.find(user.id)).own
            after = OwnQuota(own.images if images else before.images, own.bytes if bytes else before.bytes)
            await unit.usage.set_quota(user.id, after)
            usage = await unit.usage.find(user.id)
            await unit.commit()
        return Account.of(usage, self.quota)
