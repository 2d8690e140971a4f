"""Pictures that were read before: one number and version is one state for ever."""

from collections import OrderedDict

from domain.model.images.image import Image
from domain.model.images.naming import ImageId

REMEMBERED = 4096  # pictures, of some 4 KB each


class ImageCache:
    """The pictures that were read last, for those who find that their version has not moved."""

    def __init__(self) -> None:
        self._images: OrderedDict[ImageId, Image] = OrderedDict()  # a plain one takes ever longer to find its first

    def get(self, id: ImageId, version: int) -> Image | None:
        known = self._images.get(id)
        return known if known is not None and known.version == version else None

    def keep(self, image: Image) -> None:
        if image.has_pending_variants:  # which are claimed and tried without a new version
            return
        if len(self._images) >= REMEMBERED:
            self._images.popitem(last=False)
        self._images[image.id] = image
