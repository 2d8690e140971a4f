"""Look at what is stored."""

from dataclasses import dataclass

from domain.model.access.access_key import Principal, Scope
from domain.model.images.image import Image
from domain.model.images.naming import ImageReference
from domain.model.images.page import Page, PageRequest
from domain.ports.catalogue import Catalogue
from domain.ports.lookups import Lookups


@dataclass(frozen=True, slots=True)
class DescribeImage:
    """One picture of the principal's user, by number or by name."""

    lookups: Lookups

    async def __call__(self, principal: Principal, reference: ImageReference) -> Image:
        principal.require(Scope.READ)
        return await self.lookups.image(principal.user, reference)


@dataclass(frozen=True, slots=True)
class ListImages:
    """The pictures of the principal's user, page by page."""

    catalogue: Catalogue

    async def __call__(self, principal: Principal, request: PageRequest) -> Page[Image]:
        principal.require(Scope.READ)
        return await self.catalogue.page(principal.user, request)
