"""What a JPEG that was encoded again takes over from the file before, besides the image: its density and its gain map."""

from io import BytesIO

from PIL import Image

from adapters.codec.encoders.choose_jpeg import jpeg_encoder
from adapters.codec.encoders.jpeg import JpegSettings
from adapters.codec.formats import jpeg
from adapters.codec.formats.gain_map.file import GainMap, gain_map_of, with_gain_map
from adapters.codec.formats.reading import Source
from adapters.codec.pixels.oriented import OrientedImage
from domain.model.pixels.media import Orientation

_FINE = JpegSettings(0.5, half_colour=False, adaptive=False)


def carried(original: Source, written: bytes, orientation: Orientation) -> bytes:
    """``written``, an upright encoding of ``original`` in ``orientation``, with the density and gain map of ``original``.

    Raises:
        OSError: the gain map must be turned, and cannot be decoded.
    """
    dense = jpeg.with_density_of(original, written, orientation)
    found = gain_map_of(original)
    return (
        dense if found is None else with_gain_map(dense, GainMap(_upright(found.image, orientation), found.statement))
    )


def _upright(image: bytes, orientation: Orientation) -> bytes:
    if orientation is Orientation.NORMAL:
        return image
    with Image.open(BytesIO(image), formats=("JPEG",)) as decoded:
        turned = OrientedImage(decoded if decoded.mode == "L" else decoded.convert("RGB"), orientation)
        pixels = turned.piece(0, 0, turned.width, turned.height)
    size = turned.width, turned.height
    return jpeg_encoder().encode([pixels], size, _FINE, grey=turned.is_grey, profile=jpeg.colour_profile(image))
