"""Images that were read before. An id and a version stand for one state, which never changes."""

from collections import OrderedDict

from domain.model.images.image import Image
from domain.model.images.naming import ImageId

REMEMBERED = 4096  # images, about 4 KB each


class ImageCache:
    """The images that were read last, for readers who find that the version is still the same."""

    def __init__(self) -> None:
        self._images: OrderedDict[ImageId, Image] = (
            OrderedDict()
        )  # in a plain dict, finding the first key takes longer with each one that was removed

    def get(self, id: ImageId, version: int) -> Image | None:
        known = self._images.get(id)
        return known if known is not None and known.version == version else None

    def keep(self, image: Image) -> None:
        if image.has_pending_variants:  # claims and tries change them without a new version
            return
        if len(self._images) >= REMEMBERED:
            self._images.popitem(last=False)
        self._images[image.id] = image
