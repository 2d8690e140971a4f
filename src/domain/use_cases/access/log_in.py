"""Exchange a password for a token."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import WrongCredentials
from domain.model.access.log_in_policy import KNOWN_FOR, LogInAttempt, LogInPolicy, Mark
from domain.model.access.user import User
from domain.model.audit.deeds import user_deed
from domain.model.audit.record import Action, Deed
from domain.ports.auth import Passwords, Pseudonyms
from domain.ports.database.audit_table import AuditTrail
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock
from domain.use_cases.access.access_keys import GetDefaultKey
from domain.use_cases.access.log_in_marks import attempt_of


@dataclass(frozen=True, slots=True)
class LogIn:
    """The token of a user's default key, for a client that knows the password.

    - Unknown names, wrong passwords, disabled users and users without a password fail in the same way, after the same
      work.
    - Before the password is verified, the attempt is charged as one that fails, so that attempts at the same moment are
      counted too. If the password is right, nothing stays charged, and the address is known from then on.
    - An attempt that must not be made is refused before the password is verified.
    """

    units: UnitsOfWork
    passwords: Passwords
    pseudonyms: Pseudonyms
    clock: Clock
    policy: LogInPolicy
    get_default_key: GetDefaultKey
    trail: AuditTrail | None = None

    async def __call__(self, username: str, password: str, address: str) -> str:
        """The token. ``address``: the client's, or the network that counts as one client.

        Raises:
            WrongCredentials: the name, or the password, is wrong.
            TooManyAttempts: there were too many failures; whether the password is right was not looked at.
        """
        username = unicodedata.normalize("NFC", username)
        attempt = attempt_of(self.pseudonyms, username, address)
        async with self.units.reading() as unit:
            user = await unit.users.find(username)
            marks = await unit.log_in_marks.read(attempt.marks)
        self.policy.charge(attempt, marks, self.clock.now())  # a refusal costs no more than these reads
        hashed = user.password_hash if user and not user.is_disabled else None
        async with self.passwords.turn(address=address, username=username):
            charged = await self._charge(attempt)
            if not await self.passwords.verify(password, hashed) or user is None:
                await self._note(Action.SIGN_IN_REFUSED, user)
                raise WrongCredentials
            await self._refund(charged, attempt)
            await self._note(Action.SIGNED_IN, user)
        return (await self.get_default_key(user.username)).token

    async def _note(self, action: Action, user: User | None) -> None:
        """A name that no user has is not noted: it may be a password that was typed into the wrong field."""
        if self.trail is not None:
            await self.trail.note(Deed(action) if user is None else user_deed(action, user))

    async def _charge(self, attempt: LogInAttempt) -> Sequence[Mark]:
        async with self.units.writing() as unit:
            now = self.clock.now()
            marks = await unit.log_in_marks.lock(attempt.marks, now)
            charged = self.policy.charge(attempt, marks, now)
            await unit.log_in_marks.write(charged)
            await unit.commit()
        return tuple(charged)

    async def _refund(self, charged: Sequence[Mark], attempt: LogInAttempt) -> None:
        async with self.units.writing() as unit:
            now = self.clock.now()
            marks = await unit.log_in_marks.lock((*charged, attempt.known), now)
            left = {mark: self.policy.refund(mark, marks[mark]) for mark in charged}
            await unit.log_in_marks.write(left | {attempt.known: now + KNOWN_FOR})
            await unit.commit()
