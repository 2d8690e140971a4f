"""The hot reads on the bare driver: SQLAlchemy compiles the statements once, and is not asked again.

An asynchronous SQLAlchemy query costs some 250 microseconds of processor time. Of what is left, most is the way to the
driver's thread and back, so the read that clients make most goes there once for both of its answers.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import aiosqlite
from sqlalchemy import ColumnElement, Select, and_, bindparam, select
from sqlalchemy.dialects import sqlite

from adapters.sql.engine import BUSY_TIMEOUT
from adapters.sql.image_repository import WITH_VARIANTS
from adapters.sql.rows import (
    BLOB_COLUMNS,
    KEY_COLUMNS,
    KEY_WIDTH,
    Row,
    access_key_from,
    blob_from,
    image_from,
)
from adapters.sql.tables import access_keys, blobs, images, users
from domain.errors import DatabaseUnavailable, ImageNotFound
from domain.model.access_key import Serial
from domain.model.blob import BlobKey, BlobRecord
from domain.model.image import Image
from domain.model.naming import ImageId, ImageReference
from domain.model.user import UserId
from domain.ports.lookups import HeldKey, ImageStamp, Lookups


def _compiled(query: Select[tuple[object, ...]], *names: str) -> str:
    compiled = query.compile(dialect=sqlite.dialect(paramstyle="qmark"))
    if tuple(compiled.positiontup or ()) != names:
        raise AssertionError(f"parameters are bound as {compiled.positiontup}")
    return str(compiled)


HOLDERS = access_keys.join(users, users.c.id == access_keys.c.user_id)
WITH_SERIAL = access_keys.c.serial == bindparam("serial")
HELD_KEY = _compiled(select(*KEY_COLUMNS, users.c.disabled_at).select_from(HOLDERS).where(WITH_SERIAL), "serial")


def _held_stamp(which: ColumnElement[bool], name: str) -> str:
    """The columns of a key, its holder's state, and a picture's number and version, both null where there is none."""
    theirs = and_(images.c.owner_id == access_keys.c.user_id, which)
    query = select(*KEY_COLUMNS, users.c.disabled_at, images.c.id, images.c.version)
    return _compiled(query.select_from(HOLDERS.outerjoin(images, theirs)).where(WITH_SERIAL), name, "serial")


BY_ID, BY_NAME = images.c.id == bindparam("id"), images.c.name == bindparam("name")
HELD_STAMP_BY_ID, HELD_STAMP_BY_NAME = _held_stamp(BY_ID, "id"), _held_stamp(BY_NAME, "name")
OWNED = images.c.owner_id == bindparam("owner")
IMAGE_BY_ID = _compiled(WITH_VARIANTS.where(OWNED, BY_ID), "owner", "id")
IMAGE_BY_NAME = _compiled(WITH_VARIANTS.where(OWNED, BY_NAME), "owner", "name")
REMEMBERED = 4096  # pictures
BLOB = _compiled(select(*BLOB_COLUMNS).where(blobs.c.key == bindparam("key")), "key")


class SqliteLookups(Lookups):
    """One connection of its own, opened at first use, that cannot write."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: aiosqlite.Connection | None = None
        self._opening = asyncio.Lock()
        self._known: dict[ImageId, Image] = {}

    async def held_key(self, serial: Serial) -> HeldKey | None:
        rows = await self._fetch(HELD_KEY, serial)
        if not rows:
            return None
        return HeldKey(access_key_from(rows[0][:KEY_WIDTH]), rows[0][KEY_WIDTH] is not None)

    async def held_stamp(self, serial: Serial, reference: ImageReference) -> tuple[HeldKey | None, ImageStamp | None]:
        if reference.id is not None:
            rows = await self._fetch(HELD_STAMP_BY_ID, reference.id, serial)
        else:
            rows = await self._fetch(HELD_STAMP_BY_NAME, reference.name, serial)
        if not rows:
            return None, None
        *key, disabled_at, id, version = rows[0]
        held = HeldKey(access_key_from(key), disabled_at is not None)
        return held, None if id is None else ImageStamp(ImageId(id), version)

    async def stamped(self, owner: UserId, stamp: ImageStamp) -> Image:
        known = self._known.get(stamp.id)
        if known is not None and known.version == stamp.version and known.owner == owner:
            return known
        return await self.image(owner, ImageReference(id=stamp.id))

    async def image(self, owner: UserId, reference: ImageReference) -> Image:
        if reference.id is not None:
            rows = await self._fetch(IMAGE_BY_ID, owner, reference.id)
        else:
            rows = await self._fetch(IMAGE_BY_NAME, owner, reference.name)
        if not rows:
            raise ImageNotFound
        return self._remembered(image_from(rows))

    async def blob(self, key: BlobKey) -> BlobRecord | None:
        rows = await self._fetch(BLOB, key)
        return blob_from(rows[0]) if rows else None

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    def _remembered(self, image: Image) -> Image:
        """``image``, kept for those who find its version unchanged: one number and version is one state for ever.

        That is not so of variants that are pending, which are claimed and tried without a new version.
        """
        if not image.has_pending_variants:
            if len(self._known) >= REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[image.id] = image
        return image

    async def _fetch(self, statement: str, *parameters: object) -> Sequence[Row]:
        try:
            connection = self._connection or await self._open()
            return list(await connection.execute_fetchall(statement, parameters))
        except (sqlite3.Error, OSError) as error:
            raise DatabaseUnavailable(getattr(error, "sqlite_errorname", type(error).__name__)) from error

    async def _open(self) -> aiosqlite.Connection:
        async with self._opening:
            if self._connection is None:
                connection = await aiosqlite.connect(f"{self._file.as_uri()}?mode=ro", uri=True, isolation_level=None)
                self._connection = connection
                for pragma in (f"busy_timeout = {BUSY_TIMEOUT}", "cache_size = -16000", "mmap_size = 268435456"):
                    await connection.execute(f"PRAGMA {pragma}")
            return self._connection
