"""Mend what a check of the blobs has found."""

from dataclasses import dataclass

from domain.errors import ImageNotFound
from domain.model.images.variant import Variant, variants_job
from domain.ports.blobs import BlobStore
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.jobs import JobQueue
from domain.ports.system import Clock
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.images.checking.check_blobs import ORIGINAL, BlobFinding, ImageChecked, parts_of


@dataclass(frozen=True, slots=True)
class RepairBlobs:
    """Have variants made again from originals that are whole, and remove what the database does not know.

    An original cannot be mended: there are no other bytes to make it from.
    """

    units: UnitsOfWork
    lifecycle: BlobLifecycle
    blobs: BlobStore
    jobs: JobQueue
    clock: Clock

    async def variants(self, checked: ImageChecked) -> bool:
        """Let the variants that were found be made again; False if the original was found too.

        Raises:
            ReadOnly: there is maintenance.
        """
        if any(each.part == ORIGINAL for each in checked.findings):
            return False
        keys = {each.key for each in checked.findings}
        [id] = {each.image.id for each in checked.findings if each.image is not None}
        try:
            async with self.units.writing() as unit:
                image = await unit.images.get(id)
                names = {part for key, part in parts_of(image).items() if key in keys}
                now = self.clock.now()
                new = image
                for name in names:
                    new = new.with_variant(Variant.pending(image.variant(name).spec, now))
                await self.lifecycle.save(unit, image, new, now)
                await unit.commit()
        except ImageNotFound:  # deleted a moment ago
            return True
        await self.jobs.put([variants_job(id)])
        return True

    async def unknown(self, finding: BlobFinding) -> None:
        """Remove a blob that the database does not know."""
        await self.blobs.delete(finding.key)
