"""Issue, show, rotate and revoke access keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.errors import (
    AccessKeyNameTaken,
    AccessKeyRevoked,
    CalotypeError,
    InvalidValue,
    UserDisabled,
    UsernameTaken,
    UserNotFound,
)
from domain.model.access.access_key import (
    ALL_SCOPES,
    DEFAULT_KEY_NAME,
    AccessKey,
    AccessKeyDraft,
    AccessKeyId,
    Scope,
    key_name_from,
)
from domain.model.access.user import User, UserDraft, username_from
from domain.model.pixels.compression import CompressionMode
from domain.ports.auth import KeyUses, Tokens
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock, RandomValues
from domain.use_cases.access.find_user import find_user


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key and the token that a client sends for it. The token must be shown only to the key's user."""

    key: AccessKey
    token: str

    def __repr__(self) -> str:
        return f"IssuedKey({self.key!r})"


@dataclass(frozen=True, slots=True)
class RecordKeyUses:
    """Store when keys were last used."""

    units: UnitsOfWork
    uses: KeyUses

    async def __call__(self) -> None:
        used = self.uses.drain()
        if not used:
            return
        try:
            async with self.units.writing() as unit:
                await unit.access_keys.touch(used)
                await unit.commit()
        except CalotypeError:
            for key, at in used:
                self.uses.note(key, at)  # stored next time
            raise


@dataclass(frozen=True, slots=True)
class IssueAccessKey:
    """Give a user one more key."""

    units: UnitsOfWork
    tokens: Tokens
    clock: Clock
    random_values: RandomValues

    async def __call__(
        self,
        username: str,
        name: str,
        scopes: frozenset[Scope] = ALL_SCOPES,
        expires_at: datetime | None = None,
        compression: CompressionMode | None = None,
    ) -> IssuedKey:
        if not scopes:
            raise InvalidValue("scopes", f"give at least one of {', '.join(Scope)}")
        if expires_at is not None and expires_at <= self.clock.now():
            raise InvalidValue("expiry", "must lie in the future")
        async with self.units.writing() as unit:
            user = await find_user(unit, username)
            if user.is_disabled:
                raise UserDisabled(user.username)
            key = await unit.access_keys.add(
                AccessKeyDraft(
                    user=user.id,
                    name=key_name_from(name),
                    serial=self.random_values.serial(),
                    scopes=scopes,
                    created_at=self.clock.now(),
                    expires_at=expires_at,
                    compression=compression,
                )
            )
            await unit.commit()
        return IssuedKey(key, self.tokens.derive(key.serial))


@dataclass(frozen=True, slots=True)
class GetDefaultKey:
    """The default key of a user, which is made when it is first asked for.

    - The token stays the same until the key is rotated, revoked or expired. After that a new key is made.
    - With ``create``, a user who does not exist is added, without a password.
    """

    units: UnitsOfWork
    tokens: Tokens
    clock: Clock
    random_values: RandomValues

    async def __call__(self, username: str, *, create: bool = False) -> IssuedKey:
        async with self.units.reading() as unit:
            user = await unit.users.find(username_from(username))
            key = await unit.access_keys.find(user.id, DEFAULT_KEY_NAME) if user else None
        if user is None or user.is_disabled or key is None or not key.is_usable(self.clock.now()):
            try:
                key = await self._make(username_from(username), create=create)
            except (UsernameTaken, AccessKeyNameTaken):  # by another request at the same moment
                key = await self._make(username_from(username), create=create)
        return IssuedKey(key, self.tokens.derive(key.serial))

    async def _make(self, username: str, *, create: bool) -> AccessKey:
        async with self.units.writing() as unit:
            now = self.clock.now()
            user = await unit.users.find(username)
            if user is None:
                if not create:
                    raise UserNotFound(username)
                user = await unit.users.add(UserDraft(username=username, created_at=now))
            if user.is_disabled:
                raise UserDisabled(user.username)
            key = await unit.access_keys.find(user.id, DEFAULT_KEY_NAME)
            if key is not None and not key.is_usable(now):
                await unit.access_keys.save(key.revoked(now))
                key = None
            if key is None:
                key = await unit.access_keys.add(
                    AccessKeyDraft(
                        user=user.id,
                        name=DEFAULT_KEY_NAME,
                        serial=self.random_values.serial(),
                        scopes=ALL_SCOPES,
                        created_at=now,
                        expires_at=None,
                    )
                )
            await unit.commit()
        return key


@dataclass(frozen=True, slots=True)
class ListAccessKeys:
    """The keys of one user, or of all users, each with its user."""

    units: UnitsOfWork

    async def __call__(self, username: str | None = None) -> Sequence[tuple[AccessKey, User]]:
        async with self.units.reading() as unit:
            users = {user.id: user for user in await unit.users.list()}
            only = (await find_user(unit, username)).id if username is not None else None
            return [(key, users[key.user]) for key in await unit.access_keys.list(only)]


@dataclass(frozen=True, slots=True)
class ShowAccessKey:
    """One key with its token, and its user."""

    units: UnitsOfWork
    tokens: Tokens

    async def __call__(self, id: AccessKeyId) -> tuple[IssuedKey, User]:
        async with self.units.reading() as unit:
            key = await unit.access_keys.get(id)
            user = {user.id: user for user in await unit.users.list()}[key.user]
        return IssuedKey(key, self.tokens.derive(key.serial)), user


@dataclass(frozen=True, slots=True)
class SetKeyCompression:
    """Set how images that are stored with a key are compressed from then on; None: as the settings say."""

    units: UnitsOfWork

    async def __call__(self, id: AccessKeyId, mode: CompressionMode | None) -> None:
        async with self.units.writing() as unit:
            key = await unit.access_keys.get(id)
            if key.revoked_at is not None:
                raise AccessKeyRevoked(id)
            await unit.access_keys.save(key.compressing(mode))
            await unit.commit()


@dataclass(frozen=True, slots=True)
class RotateAccessKey:
    """Give a key a new token. The old one is refused from then on."""

    units: UnitsOfWork
    tokens: Tokens
    random_values: RandomValues

    async def __call__(self, id: AccessKeyId) -> IssuedKey:
        async with self.units.writing() as unit:
            key = await unit.access_keys.get(id)
            if key.revoked_at is not None:
                raise AccessKeyRevoked(id)
            key = key.rotated(self.random_values.serial())
            await unit.access_keys.save(key)
            await unit.commit()
        return IssuedKey(key, self.tokens.derive(key.serial))


@dataclass(frozen=True, slots=True)
class RevokeAccessKey:
    """Revoke a key for good: its token is refused from then on."""

    units: UnitsOfWork
    clock: Clock

    async def __call__(self, id: AccessKeyId) -> None:
        async with self.units.writing(urgent=True) as unit:
            key = await unit.access_keys.get(id)
            await unit.access_keys.save(key.revoked(self.clock.now()))
            await unit.commit()
