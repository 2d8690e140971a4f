"""Images and their variants in tables."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, func, insert, or_, select, update

from adapters.sql.repositories.usage import count
from adapters.sql.schema.faults import faults
from adapters.sql.schema.image_rows import IMAGES_WITH_VARIANTS, image_from, image_values, variant_values
from adapters.sql.schema.moments import micros
from adapters.sql.schema.tables import image_counts, images, variants
from adapters.sql.transactions.connection import Connection
from domain.errors import ImageNameTaken, ImageNotFound, StaleImage
from domain.model.access.quota import NOTHING, Amount
from domain.model.access.user import UserId
from domain.model.images.image import Image, ImageDraft
from domain.model.images.naming import ImageId, ImageName, ImageReference
from domain.model.images.variant import Variant
from domain.model.storage.blob import Digest
from domain.ports.database.repositories import ImageRepository

UNNUMBERED = ImageId(0)  # until the database gives an id


OF_USER = images.c.owner_id == bindparam("user")
THIS, NAMED = images.c.id == bindparam("this"), images.c.name == bindparam("its_name")
SENT_AS = images.c.sent_name == bindparam("its_name")
THIS_VERSION = images.c.version == bindparam("this_version")

ADD = insert(images).returning(images.c.id)
SAVE = update(images).where(THIS, THIS_VERSION)
REMOVE = delete(images).where(THIS, THIS_VERSION)
ADD_VARIANT = insert(variants)
REMOVE_VARIANTS = delete(variants).where(variants.c.image_id == bindparam("this"))
IS_NAME_TAKEN = select(exists().where(OF_USER, or_(NAMED, SENT_AS)))
EXPIRED = (
    select(images.c.id)
    .where(images.c.expires_at <= bindparam("at"))
    .order_by(images.c.expires_at, images.c.id)
    .limit(bindparam("limit"))
)
COUNT = select(image_counts.c.images).where(image_counts.c.owner_id == bindparam("user"))
LOCK_COUNT = select(image_counts.c.owner_id).where(image_counts.c.owner_id == bindparam("user")).with_for_update()

OLDEST_OF_UPLOAD = IMAGES_WITH_VARIANTS.where(
    images.c.id
    == select(func.min(images.c.id))
    .where(
        OF_USER,
        images.c.upload_digest == bindparam("upload"),
        or_(images.c.expires_at.is_(None), images.c.expires_at > bindparam("at")),
    )
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class OneImage:
    """The statements for one image, found in one way. On PostgreSQL it is locked before it is read."""

    lock: Select[tuple[int]]
    read: Select[tuple[object, ...]]

    @classmethod
    def where(cls, *which: ColumnElement[bool]) -> "OneImage":
        return cls(select(images.c.id).where(*which).with_for_update(), IMAGES_WITH_VARIANTS.where(*which))


ANY_BY_ID, BY_ID = OneImage.where(THIS), OneImage.where(OF_USER, THIS)
BY_NAME, BY_SENT_NAME = OneImage.where(OF_USER, NAMED), OneImage.where(OF_USER, SENT_AS)
TAKEN = {"uq_images_owner_id_name": ImageNameTaken, "uq_images_owner_id_sent_name": ImageNameTaken}


class SqlImageRepository(ImageRepository):
    def __init__(self, connection: Connection, *, locks: bool) -> None:
        self._connection = connection
        self._locks = locks

    async def add(self, draft: ImageDraft, held: Amount = NOTHING) -> Image:
        row = image_values(draft.with_id(UNNUMBERED))
        with faults(**TAKEN):
            id = ImageId((await self._connection.execute_by_key(ADD, row)).value)
            await self._insert_variants(id, draft.variants)
            await count(self._connection, draft.user, Amount(1, draft.original.facts.size), held)
        return draft.with_id(id)

    async def find(self, user: UserId, reference: ImageReference) -> Image:
        if reference.id is not None:
            return await self._one(BY_ID, user=user, this=reference.id)
        if reference.name is not None:
            return await self._one(BY_NAME, user=user, its_name=reference.name)
        return await self._one(BY_SENT_NAME, user=user, its_name=reference.sent_name)

    async def get(self, id: ImageId) -> Image:
        return await self._one(ANY_BY_ID, this=id)

    async def is_name_taken(self, user: UserId, name: ImageName) -> bool:
        found = await self._connection.execute_by_key(IS_NAME_TAKEN, {"user": user, "its_name": name})
        return bool(found.value)

    async def find_upload(self, user: UserId, upload: Digest, at: datetime) -> Image | None:
        if self._locks:
            await self._connection.execute_by_key(LOCK_COUNT, {"user": user})
        values = {"user": user, "upload": upload, "at": micros(at)}
        rows = (await self._connection.execute_by_key(OLDEST_OF_UPLOAD, values)).rows
        return image_from(rows) if rows else None

    async def some_of(self, user: UserId, *, limit: int) -> Sequence[ImageId]:
        found = await self._connection.execute(select(images.c.id).where(images.c.owner_id == user).limit(limit))
        return [ImageId(id) for (id,) in found.rows]

    async def expired(self, *, at: datetime, limit: int) -> Sequence[ImageId]:
        found = await self._connection.execute(EXPIRED, {"at": micros(at), "limit": limit})
        return [ImageId(id) for (id,) in found.rows]

    async def save(self, image: Image, *, grown: int = 0, held: Amount = NOTHING) -> Image:
        saved = replace(image, version=image.version + 1)
        which = {"this": image.id, "this_version": image.version}
        with faults(**TAKEN):
            if (await self._connection.execute_by_key(SAVE, {**which, **image_values(saved)})).count != 1:
                raise StaleImage
            await self._connection.execute_by_key(REMOVE_VARIANTS, {"this": image.id})
            await self._insert_variants(image.id, image.variants)
            if grown or held != NOTHING:
                await count(self._connection, image.user, Amount(bytes=grown), held)
        return saved

    async def remove(self, image: Image) -> None:
        await self._connection.execute_by_key(REMOVE_VARIANTS, {"this": image.id})
        which = {"this": image.id, "this_version": image.version}
        if (await self._connection.execute_by_key(REMOVE, which)).count != 1:
            raise StaleImage
        await count(self._connection, image.user, NOTHING - Amount(1, image.original.facts.size), NOTHING)

    async def count(self, user: UserId) -> int:
        return (await self._connection.execute_by_key(COUNT, {"user": user})).value or 0

    async def _one(self, which: OneImage, **values: object) -> Image:
        if self._locks:
            # In a statement before the read: a single one would lock the newest state and could return older variants.
            await self._connection.execute_by_key(which.lock, values)
        rows = (await self._connection.execute_by_key(which.read, values)).rows
        if not rows:
            raise ImageNotFound
        return image_from(rows)

    async def _insert_variants(self, id: ImageId, its_variants: Sequence[Variant]) -> None:
        for each in its_variants:
            await self._connection.execute_by_key(ADD_VARIANT, variant_values(id, each))
