"""Change what is said about an image."""

from dataclasses import dataclass

from domain.model.access.access_key import Principal, Scope
from domain.model.images.details import DetailsChange, check_new_name
from domain.model.images.image import ANY_STATE, Image, Precondition
from domain.model.images.naming import ImageReference, safe_name
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.jobs import JobQueue
from domain.ports.system import Clock, RandomValues
from domain.use_cases.images.public.write_purges import WritePurges


@dataclass(frozen=True, slots=True)
class ChangeDetails:
    """Give an image other details, or another name. Its bytes stay, and so do links to them.

    The new name is made safe and gets the extension of the image's format, as at an upload. It must be free.
    """

    units: UnitsOfWork
    jobs: JobQueue
    clock: Clock
    random_values: RandomValues
    write_purges: WritePurges

    async def __call__(
        self,
        principal: Principal,
        reference: ImageReference,
        change: DetailsChange,
        name: str | None = None,
        precondition: Precondition = ANY_STATE,
    ) -> Image:
        """The image with the new details; unless they differ from the old ones, nothing is stored.

        Raises:
            ScopeMissing, ImageNotFound, PreconditionFailed: the image must not be changed.
            InvalidValue: a new detail or name cannot be used.
            ImageNameTaken: the user has another image of that name.
        """
        principal.require(Scope.WRITE)
        principal.require(Scope.READ)  # or a key that may only write could have every image shown
        check_new_name(name)
        async with self.units.writing() as unit:
            image = await unit.images.find(principal.user, reference)
            now = self.clock.now()
            image.check_unexpired(now)
            precondition.check(image)
            details = change.applied(image.details, slug=self.random_values.slug(), at=now)
            described = image.described(details, None if name is None else safe_name(name, image.original.format))
            if described == image:
                return image
            saved = await unit.images.save(described)
            jobs = await self.write_purges(unit, image, saved, now)
            await unit.commit()
        await self.jobs.put(jobs)
        return saved
