"""Add and change users."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.model.access.log_in_policy import MarkKind
from domain.model.access.user import User, UserDraft, checked_password, username_from
from domain.ports.auth import Passwords, Pseudonyms
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock
from domain.use_cases.access.find_user import find_user
from domain.use_cases.access.log_in_marks import mark_of


@dataclass(frozen=True, slots=True)
class AddUser:
    """Add a user. Without a password, the user's tokens are available on the command line only."""

    units: UnitsOfWork
    passwords: Passwords
    clock: Clock

    async def __call__(self, username: str, password: str | None = None) -> User:
        username = username_from(username)
        hashed = await self.passwords.hash(checked_password(password)) if password is not None else None
        async with self.units.writing() as unit:
            user = await unit.users.add(UserDraft(username=username, password_hash=hashed, created_at=self.clock.now()))
            await unit.commit()
        return user


@dataclass(frozen=True, slots=True)
class ListUsers:
    """Every user, by name."""

    units: UnitsOfWork

    async def __call__(self) -> Sequence[User]:
        async with self.units.reading() as unit:
            return await unit.users.list()


@dataclass(frozen=True, slots=True)
class SetPassword:
    """Set or change a user's password, and forget failed log-ins for the name. Tokens stay valid."""

    units: UnitsOfWork
    passwords: Passwords
    pseudonyms: Pseudonyms

    async def __call__(self, username: str, password: str) -> None:
        hashed = await self.passwords.hash(checked_password(password))
        async with self.units.writing() as unit:
            user = await find_user(unit, username)
            await unit.users.save(replace(user, password_hash=hashed))
            await unit.log_in_marks.forget(mark_of(self.pseudonyms, MarkKind.NAME, user.username))
            await unit.commit()


@dataclass(frozen=True, slots=True)
class DisableUser:
    """Refuse every key and the password of a user until the user is enabled again. Images stay."""

    units: UnitsOfWork
    clock: Clock

    async def __call__(self, username: str, *, disabled: bool = True) -> None:
        async with self.units.writing(urgent=True) as unit:
            user = await find_user(unit, username)
            at = (user.disabled_at or self.clock.now()) if disabled else None
            await unit.users.save(replace(user, disabled_at=at))
            await unit.commit()
