"""Exchange a password for a token."""

import unicodedata
from dataclasses import dataclass

from domain.errors import WrongCredentials
from domain.ports.auth import Attempts, Passwords
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.use_cases.access.access_keys import GetDefaultKey


@dataclass(frozen=True, slots=True)
class LogIn:
    """The token of a user's default key, for a client that knows the password.

    - Unknown names, wrong passwords, disabled users and users without a password fail in the same way, after the same
      work.
    - Failures are counted per address and per user name. After too many of them a client must wait.
    """

    units: UnitsOfWork
    passwords: Passwords
    attempts: Attempts
    get_default_key: GetDefaultKey

    async def __call__(self, username: str, password: str, address: str) -> str:
        username = unicodedata.normalize("NFC", username)
        self.attempts.charge(address=address, username=username)
        async with self.units.reading() as unit:
            user = await unit.users.find(username)
        hashed = user.password_hash if user and not user.is_disabled else None
        if not await self.passwords.verify(password, hashed) or user is None:
            raise WrongCredentials
        self.attempts.refund(address=address, username=username)
        return (await self.get_default_key(user.username)).token
