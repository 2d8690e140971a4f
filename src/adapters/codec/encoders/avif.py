"""AVIF of any quality, by libvips: with ten bits, since eight cannot reach the scores of good JPEGs with fewer bytes."""

from PIL import Image

from adapters.codec.encoders.vips import pyvips

MOST_QUALITY = 96  # a finer file takes more bytes than the JPEG of the same score
_INTERPRETATIONS = {"L": "b-w", "LA": "b-w", "RGB": "srgb", "RGBA": "srgb"}


def encode(image: Image.Image, quality: int, effort: int) -> bytes:
    """``image``, in mode L, LA, RGB or RGBA and in sRGB, in full colour.

    ``quality``: from 1 to 100. ``effort``: from 0 to 9; the time of a step more grows by half or doubles.

    Raises:
        pyvips.Error: libvips cannot write it.
    """
    bands = len(image.getbands())
    raster = pyvips.Image.new_from_memory(image.tobytes(), image.width, image.height, bands, "uchar")
    return bytes(
        raster.copy(interpretation=_INTERPRETATIONS[image.mode]).heifsave_buffer(
            compression="av1", bitdepth=10, subsample_mode="off", effort=effort, Q=quality, keep="none"
        )
    )
