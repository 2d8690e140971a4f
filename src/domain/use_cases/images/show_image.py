"""Show one image of a user."""

from dataclasses import dataclass

from domain.errors import ImageNotFound
from domain.model.access.access_key import Principal, Scope
from domain.model.images.image import Image
from domain.model.images.naming import ImageReference
from domain.ports.database.lookups import Lookups
from domain.ports.system import Clock
from domain.use_cases.access.authenticate import Authenticate


@dataclass(frozen=True, slots=True)
class ShowImage:
    """The image of a user that has an id or a name, for a principal who may read.

    To show its bytes, or those of a variant, pass the image to ``bytes_of``.
    """

    authenticate: Authenticate
    lookups: Lookups
    clock: Clock

    async def __call__(self, principal: Principal, reference: ImageReference) -> Image:
        """The image of the principal's user.

        Raises:
            ScopeMissing: the principal may not read.
            ImageNotFound: the user has no such image, or it has expired.
        """
        principal.require(Scope.READ)
        return self._unexpired(await self.lookups.image(principal.user, reference))

    async def by_token(self, token: str, reference: ImageReference) -> Image:
        """The image of the user whom the token speaks for; key and image are found by one query.

        Raises:
            InvalidToken, ScopeMissing, ImageNotFound: checked in this order, so that a client learns no more than it
            may.
        """
        serial, is_genuine = self.authenticate.tokens.parse(token)
        held, version = await self.lookups.find_key_and_image(serial, reference)
        principal = self.authenticate.judge(held, is_genuine=is_genuine)
        principal.require(Scope.READ)
        if version is None:
            raise ImageNotFound
        return self._unexpired(await self.lookups.stamped(principal.user, version))

    def _unexpired(self, image: Image) -> Image:
        if image.details.expires_at is not None:  # seldom, and most requests come here: the clock takes time
            image.check_unexpired(self.clock.now())
        return image
