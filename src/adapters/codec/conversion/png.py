"""A raster as a PNG: the same samples, packed in little time. The entry of PNG in the table of formats packs them better."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

from adapters.codec.conversion.raster import DeepSamples, Raster

_LEVEL = 3  # of zlib
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # by the number of channels
_METRES_PER_INCH = 0.0254
_ROWS = 64  # that are packed at once


def png_of(raster: Raster) -> bytes:
    """A PNG with its samples, colour profile and density, and nothing else."""
    if isinstance(raster.pixels, Image.Image):
        return _saved(raster.pixels, raster)
    return _written(raster.pixels, raster)


def _saved(image: Image.Image, raster: Raster) -> bytes:
    image.info = {key: value for key, value in image.info.items() if key == "transparency"}
    options: dict[str, object] = {"dpi": raster.density} if raster.density else {}
    file = BytesIO()
    image.save(file, "PNG", compress_level=_LEVEL, icc_profile=raster.profile, **options)
    return file.getvalue()


def _written(samples: DeepSamples, raster: Raster) -> bytes:
    """Pillow writes no 16-bit colours."""
    height, width, channels = samples.shape
    packer = zlib.compressobj(_LEVEL)
    packed = []
    for top in range(0, height, _ROWS):
        rows = samples[top : top + _ROWS].astype(">u2").reshape(-1, width * channels).view(np.uint8)
        # Differences from the row above compress better; the row above the first is zero.
        above = np.zeros_like(rows)
        above[1:] = rows[:-1]
        if top:
            above[0] = samples[top - 1].astype(">u2").reshape(-1).view(np.uint8)
        filtered = np.full((len(rows), 1 + rows.shape[1]), 2, np.uint8)
        np.subtract(rows, above, out=filtered[:, 1:])
        packed.append(packer.compress(filtered.tobytes()))
    packed.append(packer.flush())
    head = struct.pack(">IIBBBBB", width, height, 16, _COLOUR_TYPES[channels], 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", head)]
    if raster.profile:
        parts.append(_chunk(b"iCCP", b"ICC\0\0" + zlib.compress(raster.profile)))
    if raster.density:
        across, down = (round(each / _METRES_PER_INCH) for each in raster.density)
        parts.append(_chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
    return b"".join((*parts, _chunk(b"IDAT", b"".join(packed)), _chunk(b"IEND", b"")))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
