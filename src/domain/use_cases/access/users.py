"""Add, change and remove users."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from domain.errors import ImageNotFound, UserHasImages
from domain.model.access.user import User, UserDraft, checked_password, username_from
from domain.model.storage.blob import BlobKey
from domain.ports.auth import Passwords
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock
from domain.use_cases.access.find_user import find_user
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle

REMOVED_AT_ONCE = 100  # images


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
    """Set or change a user's password. Tokens stay valid."""

    units: UnitsOfWork
    passwords: Passwords

    async def __call__(self, username: str, password: str) -> None:
        hashed = await self.passwords.hash(checked_password(password))
        async with self.units.writing() as unit:
            user = await find_user(unit, username)
            await unit.users.save(replace(user, password_hash=hashed))
            await unit.commit()


@dataclass(frozen=True, slots=True)
class DisableUser:
    """Refuse every key and the password of a user until the user is enabled again. Images stay."""

    units: UnitsOfWork
    clock: Clock

    async def __call__(self, username: str, *, disabled: bool = True) -> None:
        async with self.units.writing() as unit:
            user = await find_user(unit, username)
            at = (user.disabled_at or self.clock.now()) if disabled else None
            await unit.users.save(replace(user, disabled_at=at))
            await unit.commit()


@dataclass(frozen=True, slots=True)
class RemoveUser:
    """Remove a user and the user's keys. Images prevent that, unless ``with_images`` removes them too, with their bytes.

    Once the store does not answer, the sweeper removes the rest of the bytes later.
    """

    units: UnitsOfWork
    lifecycle: BlobLifecycle
    disable: DisableUser
    clock: Clock

    async def __call__(self, username: str, *, with_images: bool = False) -> None:
        async with self.units.reading() as unit:
            user = await find_user(unit, username)
            images = await unit.images.count(user.id)
        if images and not with_images:
            raise UserHasImages(user.username, images)
        await self.disable(username)  # so that no new images are stored meanwhile
        answers = True
        while with_images and (doomed := await self._remove_some_images(user)) is not None:
            answers = answers and await self.lifecycle.erase(doomed)
        async with self.units.writing() as unit:
            images = await unit.images.count(user.id)
            if images:
                raise UserHasImages(user.username, images)
            await unit.users.remove(user.id)
            await unit.commit()

    async def _remove_some_images(self, user: User) -> Sequence[BlobKey] | None:
        """The keys to erase; None if there were no images."""
        doomed: list[BlobKey] = []
        async with self.units.writing() as unit:
            found = await unit.images.some_of(user.id, limit=REMOVED_AT_ONCE)
            for id in sorted(found):
                with suppress(ImageNotFound):  # deleted a moment ago
                    doomed += await self.lifecycle.remove(unit, await unit.images.get(id), self.clock.now())
            await unit.commit()
        return doomed if found else None
