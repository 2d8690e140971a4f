"""Go through all images, one after the other."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from domain.model.access.user import UserId
from domain.model.images.image import Image
from domain.model.images.page import LARGEST_LIMIT, Cursor, PageRequest
from domain.ports.database.catalogue import Catalogue
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.use_cases.access.find_user import find_user


@dataclass(frozen=True, slots=True)
class WalkImages:
    """Every image of a user, or of all users, for an operator. No unit of work is open between two images.

    Both verbs raise ``UserNotFound`` if there is no user of that name.
    """

    units: UnitsOfWork
    catalogue: Catalogue

    async def count(self, username: str | None) -> int:
        async with self.units.reading() as unit:
            return sum([await unit.images.count(user) for user in await self._users(username)])

    async def __call__(self, username: str | None) -> AsyncIterator[Image]:
        for user in await self._users(username):
            cursor: Cursor | None = None
            while True:
                page = await self.catalogue.page(user, PageRequest(limit=LARGEST_LIMIT, cursor=cursor))
                for image in page.items:
                    yield image
                cursor = page.onward
                if cursor is None:
                    break

    async def _users(self, username: str | None) -> list[UserId]:
        async with self.units.reading() as unit:
            if username is not None:
                return [(await find_user(unit, username)).id]
            return [user.id for user in await unit.users.list()]
