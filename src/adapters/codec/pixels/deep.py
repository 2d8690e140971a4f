"""Images with 16-bit samples, of which decoders keep only a part."""

from typing import Final

import numpy as np
from PIL import Image, ImageFile

DEEP: Final = 16  # bits of a sample; Pillow keeps 8 of them if there are several channels

# Pillow keeps only the high byte of 16-bit colours. In a PNG the high byte comes first. Decoded as "16L", where the low
# byte comes first, the same file gives the low bytes. A pixel of grey and alpha fills the four bytes of RGBA exactly.
_LOW_BYTES = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L", "LA;16B": "RGBA"}


def low_bytes(image: ImageFile.ImageFile) -> Image.Image | None:
    """An opened PNG with 16-bit samples, decoded to the low bytes of them; None where Pillow keeps both bytes."""
    (tile,) = image.tile
    low = _LOW_BYTES.get(str(tile.args))
    if low is None:
        return None
    image.tile = [tile._replace(args=low)]
    image.load()
    return image


def eight_bits(image: Image.Image) -> Image.Image:
    """An image in mode I;16 in mode L, or LA if it has a transparent grey. Pillow would clip samples, not scale them."""
    samples = np.asarray(image)
    scaled = ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)
    transparent = image.info.get("transparency")
    if not isinstance(transparent, int):
        return _like(image, scaled)
    return _like(image, np.stack((scaled, _alpha(samples == transparent)), axis=-1))


def with_transparent_colour(high: Image.Image, low: Image.Image | None) -> Image.Image:
    """An image in mode RGB, of which only the high bytes were decoded, with its transparent colour, in mode RGBA.

    Without the ``low`` bytes, a pixel counts as transparent if the high ones are equal.
    """
    pixels = np.asarray(high)
    colour = np.array(high.info["transparency"], np.uint16)
    hidden = (pixels == colour >> 8).all(axis=-1)
    if low is not None:
        hidden &= (np.asarray(low) == colour & 0xFF).all(axis=-1)
    return _like(high, np.dstack((pixels, _alpha(hidden))))


def _alpha(hidden: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.where(hidden, 0, 255).astype(np.uint8)


def _like(image: Image.Image, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Image.Image:
    """An image of these pixels with the information that came with ``image``, except for the transparent colour."""
    made = Image.fromarray(pixels)
    made.info = {name: value for name, value in image.info.items() if name != "transparency"}
    return made
