"""Show a public image to anyone."""

from dataclasses import dataclass

from domain.errors import ImageNotFound
from domain.model.images.details import Slug
from domain.model.images.image import Image
from domain.model.images.public_paths import SLUG
from domain.ports.database.lookups import Lookups
from domain.ports.system import Clock


@dataclass(frozen=True, slots=True)
class ShowPublicImage:
    """The image that has a slug. The slug is permission enough. No token is needed.

    A slug that no image has any more, because the image was withdrawn or deleted, is as unknown as one that none ever had.
    """

    lookups: Lookups
    clock: Clock

    async def __call__(self, slug: str) -> Image:
        """The public image.

        Raises:
            ImageNotFound: no image has this slug, or its user is disabled, or it has expired.
        """
        if SLUG.fullmatch(slug) is None:
            raise ImageNotFound
        image = await self.lookups.public_image(Slug(slug))
        image.check_unexpired(self.clock.now())
        return image
