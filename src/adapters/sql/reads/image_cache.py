"""Images that were read before. An id and a version stand for one state, which never changes."""

from adapters.shared.bounded_cache import BoundedCache
from domain.model.images.image import Image
from domain.model.images.naming import ImageId

REMEMBERED = 4096  # images, about 4 KB each


class ImageCache:
    """The images that were read last, for readers who find that the version is still the same."""

    def __init__(self) -> None:
        self._images: BoundedCache[ImageId, Image] = BoundedCache(REMEMBERED)

    def get(self, id: ImageId, version: int) -> Image | None:
        known = self._images.get(id)
        return known if known is not None and known.version == version else None

    def keep(self, image: Image) -> None:
        if image.has_pending_variants:  # claims and tries change them without a new version
            return
        self._images[image.id] = image
