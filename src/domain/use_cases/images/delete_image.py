"""Let go of a picture."""

from dataclasses import dataclass
from datetime import datetime

from domain.model.access.access_key import Principal, Scope
from domain.model.images.image import ANY_STATE, Image, Precondition
from domain.model.images.naming import ImageReference
from domain.ports.system import Clock
from domain.ports.unit_of_work import UnitOfWork, UnitsOfWork


@dataclass(frozen=True, slots=True)
class DeleteImage:
    """Remove a picture at once, for tokens and links alike; the sweeper removes its bytes a little later."""

    units: UnitsOfWork
    clock: Clock

    async def __call__(
        self, principal: Principal, reference: ImageReference, precondition: Precondition = ANY_STATE
    ) -> None:
        principal.require(Scope.DELETE)
        async with self.units.writing() as unit:
            image = await unit.images.find(principal.user, reference)
            precondition.check(image)
            await remove_image(unit, image, self.clock.now())
            await unit.commit()


async def remove_image(unit: UnitOfWork, image: Image, at: datetime) -> None:
    """Remove the picture, and make unreadable whatever it holds and held, replaced bytes included."""
    await unit.images.remove(image)
    for key in image.blob_keys():
        await unit.ledger.doom(key, at)
    await unit.ledger.withdraw(image.id)
