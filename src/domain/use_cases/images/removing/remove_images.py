"""The one way in which images are removed."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from domain.errors import ImageNotFound
from domain.model.images.image import Image
from domain.model.images.naming import ImageId
from domain.model.jobs.job import JobReference
from domain.model.storage.blob import BlobKey
from domain.model.webhooks.event import EventType, ImageEvent
from domain.ports.database.unit_of_work import UnitOfWork, UnitsOfWork
from domain.ports.jobs import JobQueue
from domain.ports.system import Clock
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.images.public.write_purges import WritePurges
from domain.use_cases.webhooks.write_events import write_events

REMOVED_AT_ONCE = 100  # images


@dataclass(frozen=True, slots=True)
class Removed:
    """What follows from removed images: bytes that nobody may read any more, and jobs."""

    blobs: Sequence[BlobKey] = ()
    jobs: Sequence[JobReference] = ()


@dataclass(frozen=True, slots=True)
class RemoveImages:
    """Removes images, with everything that follows from it. Every use case that removes images does it through this object.

    ``finish`` what was removed after the commit.
    """

    lifecycle: BlobLifecycle
    units: UnitsOfWork
    jobs: JobQueue
    clock: Clock
    write_purges: WritePurges

    async def one(self, unit: UnitOfWork, image: Image) -> Removed:
        """Remove the image in this unit of work.

        Raises:
            StaleImage: it was saved or removed after it was read.
        """
        now = self.clock.now()
        doomed = await self.lifecycle.remove(unit, image, now)
        jobs = [
            *await self.write_purges(unit, image, None, now),
            *await write_events(unit, [ImageEvent(EventType.IMAGE_DELETED, image, now)]),
        ]
        return Removed(doomed, jobs)

    async def several(self, ids: Sequence[ImageId], is_meant: Callable[[Image], bool]) -> Removed:
        """Remove those of these images that still exist and are meant, in a unit of work of its own."""
        removed: list[Removed] = []
        async with self.units.writing(urgent=True) as unit:
            for id in sorted(ids):  # in one order, so that two processes do not block each other
                with suppress(ImageNotFound):  # deleted a moment ago
                    image = await unit.images.get(id)
                    if is_meant(image):
                        removed.append(await self.one(unit, image))
            await unit.commit()
        return Removed([key for each in removed for key in each.blobs], [job for each in removed for job in each.jobs])

    async def finish(self, removed: Removed, *, erase: bool = True) -> bool:
        """Announce the jobs and, with ``erase``, remove the bytes now. Returns whether all of these are gone.

        If the store does not answer, the sweeper removes the bytes later.
        """
        await self.jobs.put(removed.jobs)
        return erase and await self.lifecycle.erase(removed.blobs)
