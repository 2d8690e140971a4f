"""Lists of images."""

from abc import abstractmethod
from typing import Protocol

from domain.model.access.user import UserId
from domain.model.images.image import Image
from domain.model.images.page import Page, PageRequest


class Catalogue(Protocol):
    @abstractmethod
    async def page(self, user: UserId, request: PageRequest) -> Page[Image]:
        """A page of the images of ``user``, as last committed. Images of other users are never included or counted.

        Without a filter, the cost depends neither on the position of the cursor nor on the length of the list.

        Raises:
            DatabaseUnavailable: the database does not answer, or not in time.
        """
        ...
