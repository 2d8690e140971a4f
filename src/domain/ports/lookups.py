"""The two reads that nearly every request needs, free to be answered faster than by a unit of work."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from domain.model.access.access_key import AccessKey, Serial
from domain.model.access.user import UserId
from domain.model.images.image import Image
from domain.model.images.naming import ImageId, ImageReference
from domain.model.storage.blob import BlobKey, BlobRecord


@dataclass(frozen=True, slots=True)
class KeyAndUser:
    """A key, and whether its holder was disabled."""

    key: AccessKey
    is_user_disabled: bool


@dataclass(frozen=True, slots=True)
class ImageVersion:
    """Which picture, in which state."""

    id: ImageId
    version: int


class Lookups(Protocol):
    """Reads of what was committed last. Every verb may raise ``DatabaseUnavailable``."""

    @abstractmethod
    async def find_key(self, serial: Serial) -> KeyAndUser | None:
        """The key with this serial, revoked or not."""
        ...

    @abstractmethod
    async def find_key_and_image(
        self, serial: Serial, reference: ImageReference
    ) -> tuple[KeyAndUser | None, ImageVersion | None]:
        """The key with this serial, and which picture of its holder is addressed: two answers from one look.

        It takes the same work whether there is such a picture or not, and whatever the key is worth.
        """
        ...

    @abstractmethod
    async def stamped(self, owner: UserId, stamp: ImageVersion) -> Image:
        """The picture with this stamp, or what has become of it since.

        Raises:
            ImageNotFound: it was removed.
        """
        ...

    @abstractmethod
    async def image(self, owner: UserId, reference: ImageReference) -> Image:
        """The picture as it stands.

        Raises:
            ImageNotFound: ``owner`` has none such.
        """
        ...

    @abstractmethod
    async def blob(self, key: BlobKey) -> BlobRecord | None:
        """The ledger's line for ``key``."""
        ...
