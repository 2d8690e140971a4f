"""Pack a stored image better that was packed fast while its client waited."""

from contextlib import suppress
from dataclasses import dataclass

from domain.errors import ImageNotFound
from domain.model.images.refining import image_to_refine
from domain.use_cases.images.recompressing.recompress_image import RecompressImage


@dataclass(frozen=True, slots=True)
class RefineImage:
    """Pack an image in full, without changing a pixel, and keep the result if it is smaller.

    - Id, name and variants stay. Bytes, digest and receipt change, and with them the time of the last change.
    - An image that is deleted meanwhile needs nothing, and one that is given other bytes is left alone.
    """

    recompress: RecompressImage

    async def __call__(self, payload: str) -> None:
        """``payload`` is the id of the image."""
        with suppress(ImageNotFound):
            await self.recompress.pack(image_to_refine(payload))
