"""Lists of pictures."""

from abc import abstractmethod
from typing import Protocol

from domain.model.access.user import UserId
from domain.model.images.image import Image
from domain.model.images.page import Page, PageRequest


class Catalogue(Protocol):
    @abstractmethod
    async def page(self, owner: UserId, request: PageRequest) -> Page[Image]:
        """A stretch of the owner's pictures, as committed last. Somebody else's are as absent as ones that never were.

        Where nothing is filtered, its cost grows neither with the place of a cursor nor with the length of the list.

        Raises:
            DatabaseUnavailable: it does not answer, or not in time.
        """
        ...
