"""Images and their variants in tables."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, delete, exists, insert, select, update

from adapters.sql.schema.faults import faults
from adapters.sql.schema.rows import (
    IMAGES_WITH_VARIANTS,
    Row,
    image_from,
    image_values,
    variant_values,
)
from adapters.sql.schema.tables import image_counts, images, variants
from adapters.sql.transactions.connection import PatientConnection
from domain.errors import ImageNameTaken, ImageNotFound, StaleImage
from domain.model.access.user import UserId
from domain.model.images.image import Image, ImageDraft
from domain.model.images.naming import ImageId, ImageName, ImageReference
from domain.model.images.variant import Variant
from domain.ports.database.repositories import ImageRepository

UNNUMBERED = ImageId(0)  # until the database gives an id


def addressed(owner: UserId, reference: ImageReference) -> Sequence[ColumnElement[bool]]:
    """The conditions for the owner's image of that id or name."""
    if reference.id is not None:
        return images.c.owner_id == owner, images.c.id == reference.id
    return images.c.owner_id == owner, images.c.name == reference.name


class SqlImageRepository(ImageRepository):
    def __init__(self, connection: PatientConnection, *, locks: bool) -> None:
        self._connection = connection
        self._locks = locks

    async def add(self, draft: ImageDraft) -> Image:
        row = image_values(draft.with_id(UNNUMBERED))
        with faults(uq_images_owner_id_name=ImageNameTaken):
            inserted = await self._connection.execute(insert(images).values(row).returning(images.c.id))
            id = ImageId(inserted.scalar_one())
            await self._insert_variants(id, draft.variants)
            await self._count(draft.owner, 1)
        return draft.with_id(id)

    async def find(self, owner: UserId, reference: ImageReference) -> Image:
        return await self._one(*addressed(owner, reference))

    async def get(self, id: ImageId) -> Image:
        return await self._one(images.c.id == id)

    async def is_name_taken(self, owner: UserId, name: ImageName) -> bool:
        with faults():
            found = await self._connection.execute(
                select(exists().where(images.c.owner_id == owner, images.c.name == name))
            )
            return bool(found.scalar_one())

    async def some_of(self, owner: UserId, *, limit: int) -> Sequence[ImageId]:
        with faults():
            found = await self._connection.execute(select(images.c.id).where(images.c.owner_id == owner).limit(limit))
            return [ImageId(id) for id in found.scalars()]

    async def save(self, image: Image) -> Image:
        saved = replace(image, version=image.version + 1)
        with faults(uq_images_owner_id_name=ImageNameTaken):
            updated = await self._connection.execute(
                update(images)
                .where(images.c.id == image.id, images.c.version == image.version)
                .values(image_values(saved))
            )
            if updated.rowcount != 1:
                raise StaleImage
            await self._connection.execute(delete(variants).where(variants.c.image_id == image.id))
            await self._insert_variants(image.id, image.variants)
        return saved

    async def remove(self, image: Image) -> None:
        with faults():
            await self._connection.execute(delete(variants).where(variants.c.image_id == image.id))
            removed = await self._connection.execute(
                delete(images).where(images.c.id == image.id, images.c.version == image.version)
            )
            if removed.rowcount != 1:
                raise StaleImage
            await self._count(image.owner, -1)

    async def count(self, owner: UserId) -> int:
        with faults():
            found = await self._connection.execute(
                select(image_counts.c.images).where(image_counts.c.owner_id == owner)
            )
            return found.scalar_one_or_none() or 0

    async def _one(self, *which: ColumnElement[bool]) -> Image:
        with faults():
            if self._locks:
                # In a statement before the read: a single one would lock the newest state and could return older variants.
                await self._connection.execute(select(images.c.id).where(*which).with_for_update())
            rows: Sequence[Row] = (await self._connection.execute(IMAGES_WITH_VARIANTS.where(*which))).all()
        if not rows:
            raise ImageNotFound
        return image_from(rows)

    async def _insert_variants(self, id: ImageId, its_variants: Sequence[Variant]) -> None:
        if its_variants:
            await self._connection.execute(insert(variants), [variant_values(id, each) for each in its_variants])

    async def _count(self, owner: UserId, change: int) -> None:
        await self._connection.execute(
            update(image_counts).where(image_counts.c.owner_id == owner).values(images=image_counts.c.images + change)
        )
