"""A raster as a JPEG of the quality that is wanted."""

import sys

from PIL import Image

from adapters.codec.conversion.raster import Raster, in_eight_bits
from adapters.codec.lossy.reencode import Original, reencode
from adapters.codec.lossy.result import LossyResult
from domain.model.pixels.compression import LossyAttempt
from domain.model.pixels.media import ImageFacts, ImageFormat

_OPAQUE = 255
_ANY_SIZE = sys.maxsize  # bytes; the upload has another format, so its size says nothing of what a JPEG should have


def jpeg_of(raster: Raster, attempt: LossyAttempt) -> LossyResult | None:
    """A JPEG that reaches the score of ``attempt``; None where none does, or where a JPEG cannot show the image.

    The pixels of ``raster`` are closed on the way.

    Raises:
        OSError: the encoder made a file that cannot be decoded.
    """
    image = _shown(raster)
    if image is None:
        return None
    facts = ImageFacts(format=ImageFormat.JPEG, width=image.width, height=image.height)
    return reencode(image, facts, attempt, Original(_ANY_SIZE, raster.profile))


def _shown(raster: Raster) -> Image.Image | None:
    """The pixels in mode L or RGB; None where that would change more than the last bits of samples."""
    image = in_eight_bits(raster.pixels)
    if image.mode in ("LA", "RGBA") and image.getchannel("A").getextrema()[0] == _OPAQUE:
        image = image.convert(image.mode[:-1])
    return image if image.mode in ("L", "RGB") and not image.has_transparency_data else None
