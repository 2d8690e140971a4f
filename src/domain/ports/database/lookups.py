"""The reads that nearly every request needs. They may be faster than a unit of work."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Protocol

from domain.model.access.access_key import AccessKey, Serial
from domain.model.access.quota import Usage
from domain.model.access.user import UserId
from domain.model.images.details import Slug
from domain.model.images.image import Image
from domain.model.images.naming import ImageId, ImageReference
from domain.model.storage.blob import BlobKey, BlobRecord


@dataclass(frozen=True, slots=True)
class KeyAndUser:
    """A key, and whether its user is disabled. ``usage``: what the user has, if that was read too."""

    key: AccessKey
    is_user_disabled: bool
    usage: Usage | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ImageVersion:
    """An image in one of its versions."""

    id: ImageId
    version: int


class Lookups(Protocol):
    """Reads of the data as last committed. Every method may raise ``DatabaseUnavailable``."""

    @abstractmethod
    async def find_key(self, serial: Serial) -> KeyAndUser | None:
        """The key with this serial, revoked or not, and the usage of its user."""
        ...

    @abstractmethod
    async def find_key_and_image(
        self, serial: Serial, reference: ImageReference
    ) -> tuple[KeyAndUser | None, ImageVersion | None]:
        """The key with this serial, and the image of its user that ``reference`` means, from one query.

        It takes the same work whether there is such an image or not, and whether the key is usable or not.
        """
        ...

    @abstractmethod
    async def stamped(self, user: UserId, stamp: ImageVersion) -> Image:
        """The image with this id, in this version or a later one.

        Raises:
            ImageNotFound: it was removed.
        """
        ...

    @abstractmethod
    async def image(self, user: UserId, reference: ImageReference) -> Image:
        """The image in its current version.

        Raises:
            ImageNotFound: this user has no such image.
        """
        ...

    @abstractmethod
    async def public_image(self, slug: Slug) -> Image:
        """The public image that has this slug, in its current version, for anyone to see.

        Raises:
            ImageNotFound: no image has it, or the user of the image is disabled.
        """
        ...

    @abstractmethod
    async def linked_blob(self, key: BlobKey) -> BlobRecord | None:
        """The row of the ledger for ``key``; None if there is none, or if it is of an image whose user is disabled."""
        ...
