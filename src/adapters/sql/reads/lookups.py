"""The hot reads on the bare driver. SQLAlchemy compiles their statements once, and takes no part in running them.

An asynchronous query through SQLAlchemy costs about 250 microseconds of processor time. Most of what the bare driver costs
is the way to its thread and back, so the commonest read, a key with an image, is one statement, and none at all if no
process has committed since it was last run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import ColumnElement, Dialect, Select, and_, bindparam, select

from adapters.shared.bounded_cache import BoundedCache
from adapters.sql.reads.drivers import Driver
from adapters.sql.reads.image_cache import ImageCache
from adapters.sql.reads.unchanged import WhileUnchanged
from adapters.sql.schema.image_rows import IMAGE_COLUMNS, IMAGES_WITH_VARIANTS, VARIANT_COLUMNS, image_from
from adapters.sql.schema.rows import (
    BLOB_COLUMNS,
    KEY_COLUMNS,
    KEY_WIDTH,
    USAGE_COLUMNS,
    Row,
    access_key_from,
    blob_from,
    usage_from,
)
from adapters.sql.schema.tables import access_keys, blobs, image_counts, images, users, variants
from domain.errors import ImageNotFound
from domain.model.access.access_key import Serial
from domain.model.access.user import UserId
from domain.model.images.details import Slug
from domain.model.images.image import Image
from domain.model.images.naming import ImageId, ImageReference
from domain.model.storage.blob import BlobKey, BlobRecord
from domain.ports.database.lookups import ImageVersion, KeyAndUser, Lookups

KEYS_AND_USERS = access_keys.join(users, users.c.id == access_keys.c.user_id)
BLOBS_AND_USERS = blobs.outerjoin(images, images.c.id == blobs.c.image_id).outerjoin(
    users, users.c.id == images.c.owner_id
)
WITH_SERIAL = access_keys.c.serial == bindparam("serial")
BY_ID, BY_NAME = images.c.id == bindparam("id"), images.c.name == bindparam("name")
BY_SENT_NAME = images.c.sent_name == bindparam("name")
OF_USER = images.c.owner_id == bindparam("user")
IMAGE_ID = KEY_WIDTH + 1  # where the columns of an image begin
USER, VERSION = (IMAGE_ID + [column.name for column in IMAGE_COLUMNS].index(name) for name in ("owner_id", "version"))
UNREAD = 256  # images
HeldStamp: TypeAlias = tuple[KeyAndUser | None, ImageVersion | None]


@dataclass(frozen=True, slots=True)
class Statements:
    """The hot reads, compiled for one dialect. The comments name their parameters, in the order in which they are bound."""

    find_key: str  # serial
    held_image_by_id: str  # id, serial
    held_image_by_name: str  # name, serial
    held_image_by_sent_name: str  # name, serial
    image_by_id: str  # user, id
    image_by_name: str  # user, name
    image_by_sent_name: str  # user, name
    public_image: str  # slug
    linked_blob: str  # key

    @classmethod
    def compiled(cls, dialect: Dialect) -> "Statements":
        def compile(query: Select[tuple[object, ...]], *names: str) -> str:
            compiled = query.compile(dialect=dialect)
            if tuple(compiled.positiontup or ()) != names:
                raise AssertionError(f"parameters are bound as {compiled.positiontup}")
            return str(compiled)

        def held_image(which: ColumnElement[bool], name: str) -> str:
            """A statement for the columns of a key, its user's state, and the columns of an image, null if there is none."""
            theirs = and_(images.c.owner_id == access_keys.c.user_id, which)
            query = select(*KEY_COLUMNS, users.c.disabled_at, *IMAGE_COLUMNS, *VARIANT_COLUMNS).select_from(
                KEYS_AND_USERS.outerjoin(images, theirs).outerjoin(variants, variants.c.image_id == images.c.id)
            )
            return compile(query.where(WITH_SERIAL).order_by(variants.c.name), name, "serial")

        with_usage = KEYS_AND_USERS.outerjoin(image_counts, image_counts.c.owner_id == users.c.id)
        find_key = select(*KEY_COLUMNS, users.c.disabled_at, *USAGE_COLUMNS).select_from(with_usage).where(WITH_SERIAL)
        return cls(
            find_key=compile(find_key, "serial"),
            held_image_by_id=held_image(BY_ID, "id"),
            held_image_by_name=held_image(BY_NAME, "name"),
            held_image_by_sent_name=held_image(BY_SENT_NAME, "name"),
            image_by_id=compile(IMAGES_WITH_VARIANTS.where(OF_USER, BY_ID), "user", "id"),
            image_by_name=compile(IMAGES_WITH_VARIANTS.where(OF_USER, BY_NAME), "user", "name"),
            image_by_sent_name=compile(IMAGES_WITH_VARIANTS.where(OF_USER, BY_SENT_NAME), "user", "name"),
            public_image=compile(
                IMAGES_WITH_VARIANTS.join(users, users.c.id == images.c.owner_id).where(
                    images.c.slug == bindparam("slug"), users.c.disabled_at.is_(None)
                ),
                "slug",
            ),
            linked_blob=compile(
                select(*BLOB_COLUMNS)
                .select_from(BLOBS_AND_USERS)
                .where(blobs.c.key == bindparam("key"), users.c.disabled_at.is_(None)),
                "key",
            ),
        )


class SqlLookups(Lookups):
    def __init__(self, driver: Driver, known: ImageCache) -> None:
        self._driver = driver
        self._known = known
        # Rows of images that were read with a key, kept until the key has been checked.
        self._unread: BoundedCache[ImageVersion, Sequence[Row]] = BoundedCache(UNREAD)
        self._statements = Statements.compiled(driver.dialect)
        self._keys: WhileUnchanged[Serial, KeyAndUser | None] = WhileUnchanged(driver, _is_good)
        self._stamps: WhileUnchanged[tuple[Serial, ImageReference], HeldStamp] = WhileUnchanged(
            driver, lambda found: _is_good(found[0]) and found[1] is not None
        )
        self._public: WhileUnchanged[Slug, Image | None] = WhileUnchanged(driver, lambda found: found is not None)
        self._blobs: WhileUnchanged[BlobKey, BlobRecord | None] = WhileUnchanged(
            driver, lambda found: found is not None
        )

    async def find_key(self, serial: Serial) -> KeyAndUser | None:
        return await self._keys.answer(serial, lambda: self._held_key(serial))

    async def find_key_and_image(self, serial: Serial, reference: ImageReference) -> HeldStamp:
        return await self._stamps.answer((serial, reference), lambda: self._held_stamp(serial, reference))

    async def public_image(self, slug: Slug) -> Image:
        image = await self._public.answer(slug, lambda: self._public_image(slug))
        if image is None:
            raise ImageNotFound
        return image

    async def linked_blob(self, key: BlobKey) -> BlobRecord | None:
        return await self._blobs.answer(key, lambda: self._linked_blob(key))

    async def stamped(self, user: UserId, stamp: ImageVersion) -> Image:
        known = self._known.get(stamp.id, stamp.version)
        if known is not None and known.user == user:
            return known
        rows = self._unread.pop(stamp, None)
        if rows is not None and rows[0][USER] == user:
            return self._read([row[IMAGE_ID:] for row in rows])
        return await self.image(user, ImageReference(id=stamp.id))

    async def image(self, user: UserId, reference: ImageReference) -> Image:
        if reference.id is not None:
            rows = await self._driver.fetch(self._statements.image_by_id, user, reference.id)
        elif reference.name is not None:
            rows = await self._driver.fetch(self._statements.image_by_name, user, reference.name)
        else:
            rows = await self._driver.fetch(self._statements.image_by_sent_name, user, reference.sent_name)
        if not rows:
            raise ImageNotFound
        return self._read(rows)

    async def close(self) -> None:
        await self._driver.close()

    def _read(self, rows: Sequence[Row]) -> Image:
        image = image_from(rows)
        self._known.keep(image)
        return image

    async def _held_key(self, serial: Serial) -> KeyAndUser | None:
        rows = await self._driver.fetch(self._statements.find_key, serial)
        if not rows:
            return None
        return KeyAndUser(
            access_key_from(rows[0][:KEY_WIDTH]), rows[0][KEY_WIDTH] is not None, usage_from(rows[0][KEY_WIDTH + 1 :])
        )

    async def _held_stamp(self, serial: Serial, reference: ImageReference) -> HeldStamp:
        if reference.id is not None:
            rows = await self._driver.fetch(self._statements.held_image_by_id, reference.id, serial)
        elif reference.name is not None:
            rows = await self._driver.fetch(self._statements.held_image_by_name, reference.name, serial)
        else:
            rows = await self._driver.fetch(self._statements.held_image_by_sent_name, reference.sent_name, serial)
        if not rows:
            return None, None
        held = KeyAndUser(access_key_from(rows[0][:KEY_WIDTH]), rows[0][KEY_WIDTH] is not None)
        id, version = rows[0][IMAGE_ID], rows[0][VERSION]
        if id is None:
            return held, None
        stamp = ImageVersion(ImageId(id), version)
        if self._known.get(stamp.id, version) is None:
            self._unread[stamp] = rows
        return held, stamp

    async def _public_image(self, slug: Slug) -> Image | None:
        rows = await self._driver.fetch(self._statements.public_image, slug)
        if not rows:
            return None
        return self._known.get(ImageId(rows[0][0]), rows[0][VERSION - IMAGE_ID]) or self._read(rows)

    async def _linked_blob(self, key: BlobKey) -> BlobRecord | None:
        rows = await self._driver.fetch(self._statements.linked_blob, key)
        return blob_from(rows[0]) if rows else None


def _is_good(held: KeyAndUser | None) -> bool:
    """Whether a key gives any access. Results for other keys are not cached: a faster response would tell a client that
    the key existed and was revoked.
    """
    return held is not None and held.key.revoked_at is None and not held.is_user_disabled
