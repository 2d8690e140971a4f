"""Find users by name."""

from dataclasses import dataclass

from domain.errors import UserNotFound
from domain.model.access.user import User, username_from
from domain.ports.database.unit_of_work import UnitOfWork, UnitsOfWork


@dataclass(frozen=True, slots=True)
class FindUser:
    """The user of a name."""

    units: UnitsOfWork

    async def __call__(self, username: str) -> User:
        """The user.

        Raises:
            UserNotFound: there is none of that name.
        """
        async with self.units.reading() as unit:
            return await find_user(unit, username)


async def find_user(unit: UnitOfWork, username: str) -> User:
    """The user of that name.

    Raises:
        UserNotFound: there is none.
    """
    user = await unit.users.find(username_from(username))
    if user is None:
        raise UserNotFound(username)
    return user
