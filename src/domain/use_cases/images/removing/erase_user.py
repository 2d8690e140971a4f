"""Erase a user."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from domain.errors import ImageNotFound, UserHasImages
from domain.model.access.user import User
from domain.model.images.naming import ImageId
from domain.model.webhooks.delivery import DELIVER_WEBHOOK, subject_of
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.use_cases.access.find_user import find_user
from domain.use_cases.access.users import DisableUser
from domain.use_cases.images.removing.erase_images import ErasedImage, EraseImages
from domain.use_cases.images.removing.remove_images import REMOVED_AT_ONCE


@dataclass(frozen=True, slots=True)
class EraseUser:
    """Erase all images of a user, then remove the user, with keys, webhooks and the events for these.

    It can be stopped at any time, and goes on when it is done again. Records of the audit stay, without names and addresses.
    """

    units: UnitsOfWork
    erase: EraseImages
    disable: DisableUser

    async def __call__(self, username: str) -> AsyncIterator[ErasedImage]:
        """Each image, once it is erased.

        Raises:
            UserNotFound: there is none.
        """
        await self.disable(username)  # so that no new images are stored meanwhile
        async with self.units.reading() as unit:
            user = await find_user(unit, username)
        while found := await self._some_images(user):
            for id in found:
                with suppress(ImageNotFound):  # deleted a moment ago
                    yield await self.erase(id)
        async with self.units.writing(urgent=True) as unit:
            images = await unit.images.count(user.id)
            if images:
                raise UserHasImages(user.username, images)
            for webhook in await unit.webhooks.list(user.id):
                await unit.jobs.drop(DELIVER_WEBHOOK, subject=subject_of(webhook.id))
            await unit.users.remove(user.id)
            await unit.commit()
        async with self.units.writing(urgent=True) as unit:
            await unit.audit.redact_user(user.id)
            await unit.commit()

    async def _some_images(self, user: User) -> Sequence[ImageId]:
        async with self.units.reading() as unit:
            return await unit.images.some_of(user.id, limit=REMOVED_AT_ONCE)
