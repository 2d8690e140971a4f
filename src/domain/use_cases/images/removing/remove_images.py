"""The one way in which images are removed."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from domain.errors import ImageNotFound
from domain.model.images.image import Image
from domain.model.images.naming import ImageId
from domain.model.storage.blob import BlobKey
from domain.ports.database.unit_of_work import UnitOfWork, UnitsOfWork
from domain.ports.system import Clock
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle

REMOVED_AT_ONCE = 100  # images


@dataclass(frozen=True, slots=True)
class RemoveImages:
    """Removes images, with everything that follows from it. Every use case that removes images does it through this object.

    Both ways to remove images return the keys of bytes that nobody may read any more: ``erase`` them after the commit.
    """

    lifecycle: BlobLifecycle
    units: UnitsOfWork
    clock: Clock

    async def one(self, unit: UnitOfWork, image: Image) -> Sequence[BlobKey]:
        """Remove the image in this unit of work.

        Raises:
            StaleImage: it was saved or removed after it was read.
        """
        return await self.lifecycle.remove(unit, image, self.clock.now())

    async def several(self, ids: Sequence[ImageId], is_meant: Callable[[Image], bool]) -> Sequence[BlobKey]:
        """Remove those of these images that still exist and are meant, in a unit of work of its own."""
        doomed: list[BlobKey] = []
        async with self.units.writing() as unit:
            for id in sorted(ids):  # in one order, so that two processes do not block each other
                with suppress(ImageNotFound):  # deleted a moment ago
                    image = await unit.images.get(id)
                    if is_meant(image):
                        doomed += await self.one(unit, image)
            await unit.commit()
        return doomed

    async def erase(self, keys: Sequence[BlobKey]) -> bool:
        """As ``BlobLifecycle.erase``."""
        return await self.lifecycle.erase(keys)
