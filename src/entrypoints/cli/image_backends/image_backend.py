"""What commands do with the images of one user, wherever they are."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from domain.model.images.details import DetailsChange
from domain.model.images.image_filter import ImageFilter
from domain.model.images.page import Ordering
from domain.model.storage.blob import Digest
from entrypoints.schemas import ImageObject


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The image of a file. ``is_duplicate``: it was there before, and the file was not stored."""

    image: ImageObject
    is_duplicate: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of a list; ``count`` is the length of the whole list."""

    images: Sequence[ImageObject]
    count: int


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Which images are listed, and in which order; ``limit``: at most so many, None: all."""

    filter: ImageFilter = field(default_factory=ImageFilter)
    ordering: Ordering = Ordering.NEWEST
    limit: int | None = None


class Images(Protocol):
    """The images of one user. A reference is an id or a name.

    Laws. Every method may raise what the use case of that name raises; whether the images are here or elsewhere, it is the
    same error for the same cause. ``at_once`` files are worth storing at once.
    """

    at_once: int

    @abstractmethod
    async def store(self, file: str, name: str) -> StoredFile:
        """Store a file under a name; "-" is standard input.

        Raises:
            CannotRead: it cannot be read.
        """
        ...

    @abstractmethod
    async def of_upload(self, digest: Digest) -> ImageObject | None:
        """An image that was uploaded as a file with this digest; None if there is none."""
        ...

    @abstractmethod
    def list(self, asked: ListRequest) -> AsyncIterator[Listed]:
        """The list, in parts: at least one, which may be empty."""
        ...

    @abstractmethod
    async def show(self, reference: str) -> ImageObject: ...

    @abstractmethod
    def open(self, reference: str, variant: str | None = None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of an image or of a variant."""
        ...

    @abstractmethod
    async def replace(self, reference: str, file: str) -> ImageObject:
        """Replace the bytes of an image by those of a file.

        Raises:
            CannotRead: it cannot be read.
        """
        ...

    @abstractmethod
    async def change(self, reference: str, change: DetailsChange, name: str | None) -> ImageObject: ...

    @abstractmethod
    async def delete(self, reference: str) -> None: ...
