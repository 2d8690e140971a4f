"""Delete the images that have expired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.model.images.naming import ImageId
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock
from domain.use_cases.images.removing.remove_images import REMOVED_AT_ONCE, RemoveImages


@dataclass(frozen=True, slots=True)
class DeleteExpiredImages:
    """Remove the images of all users that have expired, and their bytes with them.

    Once the store does not answer, the sweeper removes the rest of the bytes later. Done twice, or by two processes at once,
    it does no harm.
    """

    remove: RemoveImages
    units: UnitsOfWork
    clock: Clock

    async def __call__(self) -> None:
        now = self.clock.now()
        answers = True
        while found := await self._expired(now):
            removed = await self.remove.several(found, lambda image: image.details.is_expired(now))
            answers = await self.remove.finish(removed, erase=answers)

    async def _expired(self, at: datetime) -> Sequence[ImageId]:
        async with self.units.reading() as unit:
            return await unit.images.expired(at=at, limit=REMOVED_AT_ONCE)
