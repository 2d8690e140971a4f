"""List the images of a user."""

from dataclasses import dataclass

from domain.model.access.access_key import Principal, Scope
from domain.model.images.image import Image
from domain.model.images.page import Page, PageRequest
from domain.ports.database.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class ListImages:
    """The images of the principal's user, page by page."""

    catalogue: Catalogue

    async def __call__(self, principal: Principal, request: PageRequest) -> Page[Image]:
        """One page.

        Raises:
            ScopeMissing: the principal may not read.
        """
        principal.require(Scope.READ)
        return await self.catalogue.page(principal.user, request)
