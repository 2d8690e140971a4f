"""Delete an image."""

from dataclasses import dataclass

from domain.model.access.access_key import Principal, Scope
from domain.model.images.image import ANY_STATE, Precondition
from domain.model.images.naming import ImageReference
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.use_cases.images.removing.remove_images import RemoveImages


@dataclass(frozen=True, slots=True)
class DeleteImage:
    """Remove an image at once, for tokens and for links, and its bytes with it.

    If the store does not answer, the sweeper removes the bytes later.
    """

    remove: RemoveImages
    units: UnitsOfWork

    async def __call__(
        self, principal: Principal, reference: ImageReference, precondition: Precondition = ANY_STATE
    ) -> None:
        principal.require(Scope.DELETE)
        async with self.units.writing(urgent=True) as unit:
            image = await unit.images.find(principal.user, reference)
            precondition.check(image)
            removed = await self.remove.one(unit, image)
            await unit.commit()
        await self.remove.finish(removed)
