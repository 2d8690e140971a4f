"""Remove a user."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import UserHasImages
from domain.model.access.user import User
from domain.model.images.naming import ImageId
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.use_cases.access.find_user import find_user
from domain.use_cases.access.users import DisableUser
from domain.use_cases.images.removing.remove_images import REMOVED_AT_ONCE, RemoveImages


@dataclass(frozen=True, slots=True)
class RemoveUser:
    """Remove a user and the user's keys. Images prevent that, unless ``with_images`` removes them too, with their bytes.

    Once the store does not answer, the sweeper removes the rest of the bytes later.
    """

    units: UnitsOfWork
    remove: RemoveImages
    disable: DisableUser

    async def __call__(self, username: str, *, with_images: bool = False) -> None:
        async with self.units.reading() as unit:
            user = await find_user(unit, username)
            images = await unit.images.count(user.id)
        if images and not with_images:
            raise UserHasImages(user.username, images)
        await self.disable(username)  # so that no new images are stored meanwhile
        answers = True
        while with_images and (found := await self._some_images(user)):
            removed = await self.remove.several(found, lambda _: True)
            answers = await self.remove.finish(removed, erase=answers)
        async with self.units.writing(urgent=True) as unit:
            images = await unit.images.count(user.id)
            if images:
                raise UserHasImages(user.username, images)
            await unit.users.remove(user.id)
            await unit.commit()

    async def _some_images(self, user: User) -> Sequence[ImageId]:
        async with self.units.reading() as unit:
            return await unit.images.some_of(user.id, limit=REMOVED_AT_ONCE)
