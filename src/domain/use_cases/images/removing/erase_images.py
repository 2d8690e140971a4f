"""Erase images: remove them with all that is known of them, and find out that it is gone."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from domain.errors import BlobExpired, BlobNotFound, BlobStoreUnavailable
from domain.model.images.image import Image
from domain.model.images.naming import ImageId
from domain.model.storage.blob import BlobKey, BlobRecord
from domain.model.webhooks.delivery import DELIVER_WEBHOOK, payload_part_about
from domain.ports.blobs import BlobStore, StoreSwitch
from domain.ports.database.unit_of_work import UnitOfWork, UnitsOfWork
from domain.use_cases.images.checking.check_blobs import parts_of
from domain.use_cases.images.removing.remove_images import RemoveImages

REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class ErasedBlob:
    """A blob of an erased image. ``part``: ``original``, the name of a variant, or ``replaced``: an earlier one of either.

    ``is_gone``: the store was asked for it afterwards, and has it no more.
    """

    record: BlobRecord
    part: str
    is_gone: bool


@dataclass(frozen=True, slots=True)
class ErasedImage:
    """What was removed with an image."""

    id: ImageId
    blobs: Sequence[ErasedBlob]


@dataclass(frozen=True, slots=True)
class EraseImages:
    """Remove images at once, with their bytes and all that the database knows of them.

    - Links, replaced bytes, keys of repeated uploads and events that are not delivered go with an image. The event that it is
      deleted stays, with its name, until the webhooks that want it have it.
    - Records of the audit stay, without names.
    - Blobs that the store did not remove are left to the sweeper, like all others during a move to another store.
    """

    remove: RemoveImages
    units: UnitsOfWork
    blobs: BlobStore
    switch: StoreSwitch

    async def find(self, id: ImageId) -> Image:
        """The image of any user.

        Raises:
            ImageNotFound: there is none.
        """
        async with self.units.reading() as unit:
            return await unit.images.get(id)

    async def __call__(self, id: ImageId) -> ErasedImage:
        """Erase one image.

        Raises:
            ImageNotFound: there is none.
        """
        async with self.units.writing(urgent=True) as unit:
            image = await unit.images.get(id)
            await unit.jobs.drop(DELIVER_WEBHOOK, containing=payload_part_about(id))
            await unit.submissions.forget(id)
            removed = await self.remove.one(unit, image)
            records = [record for key in removed.blobs if (record := await unit.ledger.find(key))]
            await unit.commit()
        await self.remove.finish(removed)
        parts = parts_of(image)
        blobs = [ErasedBlob(each, parts.get(each.key, REPLACED), await self._is_gone(each.key)) for each in records]
        async with self.units.writing(urgent=True) as unit:
            await unit.audit.redact_image(id)
            if not await self._is_moving(unit):
                for key in sorted(each.record.key for each in blobs if each.is_gone):
                    with suppress(BlobExpired):  # the sweeper forgot it first
                        await unit.ledger.forget(key)
            await unit.commit()
        return ErasedImage(id, blobs)

    async def _is_gone(self, key: BlobKey) -> bool:
        try:
            await self.blobs.delete(key)
            await self.blobs.stat(key)
        except BlobNotFound:
            return True
        except BlobStoreUnavailable:
            return False
        return False

    async def _is_moving(self, unit: UnitOfWork) -> bool:
        bound = await unit.store_binding.read()
        return bound is None or bound.move is not None or bound != self.switch.binding
