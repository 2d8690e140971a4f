"""Users and their access keys in tables."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, bindparam, delete, insert, or_, select, update

from adapters.sql.schema.faults import faults
from adapters.sql.schema.moments import micros
from adapters.sql.schema.rows import (
    KEY_COLUMNS,
    USER_COLUMNS,
    access_key_from,
    access_key_values,
    user_from,
    user_values,
)
from adapters.sql.schema.tables import access_keys, image_counts, users
from adapters.sql.transactions.connection import Connection
from domain.errors import AccessKeyNameTaken, AccessKeyNotFound, UsernameTaken
from domain.model.access.access_key import AccessKey, AccessKeyDraft, AccessKeyId
from domain.model.access.user import User, UserDraft, UserId
from domain.model.images.naming import LARGEST_INTEGER
from domain.ports.database.repositories import AccessKeyRepository, UserRepository

UNNUMBERED = 0  # until the database gives an id


class SqlUserRepository(UserRepository):
    def __init__(self, connection: Connection, *, locks: bool) -> None:
        self._connection = connection
        self._locks = locks

    async def add(self, draft: UserDraft) -> User:
        row = user_values(draft.with_id(UserId(UNNUMBERED)))
        with faults(uq_users_username=lambda: UsernameTaken(draft.username)):
            inserted = await self._connection.execute(insert(users).values(row).returning(users.c.id))
            id = UserId(inserted.value)
            await self._connection.execute(insert(image_counts).values(owner_id=id, images=0))
        return draft.with_id(id)

    async def find(self, username: str) -> User | None:
        if "\0" in username:  # no user has such a name, and PostgreSQL refuses to look for it
            return None
        query = select(*USER_COLUMNS).where(users.c.username == username)
        rows = (await self._connection.execute(_locked(query) if self._locks else query)).rows
        return user_from(rows[0]) if rows else None

    async def list(self) -> Sequence[User]:
        rows = (await self._connection.execute(select(*USER_COLUMNS))).rows
        return sorted(map(user_from, rows), key=lambda user: user.username)  # databases sort text differently

    async def save(self, user: User) -> None:
        await self._connection.execute(update(users).where(users.c.id == user.id).values(user_values(user)))

    async def remove(self, user: UserId) -> None:
        await self._connection.execute(delete(users).where(users.c.id == user))


class SqlAccessKeyRepository(AccessKeyRepository):
    def __init__(self, connection: Connection, *, locks: bool) -> None:
        self._connection = connection
        self._locks = locks

    async def add(self, draft: AccessKeyDraft) -> AccessKey:
        row = access_key_values(draft.with_id(AccessKeyId(UNNUMBERED)))
        with faults(uq_access_keys_user_id_name=lambda: AccessKeyNameTaken(draft.name)):
            inserted = await self._connection.execute(insert(access_keys).values(row).returning(access_keys.c.id))
        return draft.with_id(AccessKeyId(inserted.value))

    async def get(self, id: AccessKeyId) -> AccessKey:
        found = await self._select(access_keys.c.id == min(id, LARGEST_INTEGER), locks=self._locks)
        if not found:
            raise AccessKeyNotFound
        return found[0]

    async def find(self, user: UserId, name: str) -> AccessKey | None:
        found = await self._select(
            access_keys.c.user_id == user,
            access_keys.c.name == name,
            access_keys.c.revoked_at.is_(None),
            locks=self._locks,
        )
        return found[0] if found else None

    async def list(self, user: UserId | None) -> Sequence[AccessKey]:
        return await self._select(*([] if user is None else [access_keys.c.user_id == user]))

    async def save(self, key: AccessKey) -> None:
        await self._connection.execute(
            update(access_keys)
            .where(access_keys.c.id == key.id)
            .values({name: value for name, value in access_key_values(key).items() if name != "last_used_at"})
        )

    async def touch(self, used: Sequence[tuple[AccessKeyId, datetime]]) -> None:
        if not used:
            return
        later = or_(access_keys.c.last_used_at.is_(None), access_keys.c.last_used_at < bindparam("at"))
        await self._connection.execute(
            update(access_keys).where(access_keys.c.id == bindparam("key"), later).values(last_used_at=bindparam("at")),
            [
                {"key": id, "at": micros(at)} for id, at in sorted(used)
            ],  # in one order, so that two writers do not block each other
        )

    async def _select(self, *conditions: ColumnElement[bool], locks: bool = False) -> Sequence[AccessKey]:
        query = select(*KEY_COLUMNS).where(*conditions).order_by(access_keys.c.id)
        rows = (await self._connection.execute(_locked(query) if locks else query)).rows
        return [access_key_from(row) for row in rows]


def _locked(query: Select[tuple[object, ...]]) -> Select[tuple[object, ...]]:
    """``query`` with its rows locked against changes until the end; rows that refer to them may still be added."""
    return query.with_for_update(key_share=True)
