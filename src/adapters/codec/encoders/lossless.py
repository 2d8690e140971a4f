"""Lossless optimisers: the same pixels, packed better. The caller proves that the result shows the same."""

import resource
from functools import partial
from io import BytesIO
from typing import NamedTuple

import numpy as np
import oxipng
from PIL import Image

from adapters.codec.encoders.choose_jpeg import jpeg_encoder
from adapters.codec.encoders.jpeg import JpegEncoder
from adapters.codec.encoders.mozjpeg import Mozjpeg
from adapters.codec.encoders.vips import pyvips
from adapters.codec.formats import jpeg
from adapters.codec.formats.gain_map.file import gain_map_of, with_gain_map
from adapters.codec.pixels.colour_share import MOST_OF_DRAWINGS, colour_share
from adapters.codec.pixels.decode import decode_first, every_frame
from domain.model.pixels.compression import Packing
from domain.model.pixels.media import Colours, ImageFacts

_FAST_LEVEL = 0  # of oxipng: 0.09 s/MP, 1.07 of the bytes; for units see _Effort


class _Effort(NamedTuple):
    """Which filters oxipng tries on rows, and the level of libdeflate from 1 to 12.

    Measured on 40 images, one core, with s/MP for seconds and megapixels; bytes are compared with oxipng's level 2, which
    takes 0.86 s/MP. libdeflate 10 takes half the time of 11. Of photographs it makes 1 % more, of drawings up to 14 %.
    """

    filters: tuple[oxipng.FilterStrategy, ...]
    deflate: int


_FILTER = oxipng.FilterStrategy
_DRAWING = _Effort((_FILTER.none, _FILTER.bigrams), 11)  # 0.51 s/MP, 1.00
_PHOTOGRAPH = _Effort((_FILTER.entropy,), 10)  # 0.56 s/MP where level 2 takes 1.34, 1.01
_UNKNOWN = _Effort((_FILTER.none, _FILTER.entropy), 10)  # grey: 0.31 s/MP where level 2 takes 0.66, 1.01
_SMALL_PALETTE = _DRAWING
_PALETTE = _Effort((_FILTER.none,), 11)  # dithered indices: 0.2 s/MP where level 2 takes 0.35, 1.00

_SMALL_PIXELS = 1_000_000
"""Pixels below which other orders of a palette are tried. It seldom saves anything, and takes a third of the time."""

_PNG_MOST_BYTES_IN_FULL = 54_000_000
"""Bytes of raw pixels up to which a PNG is packed in full: 18 megapixels of RGB take about half of a worker's deadline.

oxipng checks its time limit only between trials, and each trial takes many seconds.
"""

_DEEP = 16  # bits of a sample
_PNG_MEMORY_PER_RAW_BYTE = 5  # bytes; 4.3 were measured

_MILLISECONDS = 10  # in the unit of a GIF's durations
_GIF_MOST_PIXELS = 40_000_000  # of all frames together: libvips holds them all in memory, with four bytes each


def smaller_jpeg(
    data: bytes, facts: ImageFacts, _image: Image.Image | None = None, _packing: Packing = Packing.FULL
) -> bytes:
    """All markers of ``data`` are kept: private ones must be gone already. So is a gain map."""
    gain_map = gain_map_of(data)
    if gain_map is None:
        return jpeg_packer(facts).repack(data)
    return with_gain_map(jpeg_packer(facts).repack(jpeg.strip_metadata(data, facts.orientation)), gain_map)


def jpeg_packer(facts: ImageFacts) -> JpegEncoder:
    """The encoder that packs a JPEG better. jpegli takes a third of mozjpeg's time, and knows only the usual colours."""
    return Mozjpeg() if facts.colours is Colours.OTHER else jpeg_encoder()


def smaller_png(
    data: bytes, facts: ImageFacts, image: Image.Image | None = None, packing: Packing = Packing.FULL
) -> bytes | None:
    """None where oxipng would pass the process's bound on memory, at which it ends the process.

    ``image`` is what ``data`` was decoded to, if the caller has that. All chunks of ``data`` are kept: private ones must
    be gone already.

    Raises:
        UndecodableImage: it is not what ``facts`` state. Decoders raise other exceptions too.
    """
    raw = _raw_size(data, facts)
    bound, _ = resource.getrlimit(resource.RLIMIT_AS)
    if bound != resource.RLIM_INFINITY and raw * _PNG_MEMORY_PER_RAW_BYTE >= bound:
        return None
    reducible = facts.depth != _DEEP  # these samples stay as they are, so that they can be compared byte for byte
    pack = partial(
        oxipng.optimize_from_memory,
        data,
        strip=oxipng.StripChunks.none,  # any other choice replaces some colour profiles
        bit_depth_reduction=reducible,
        color_type_reduction=reducible,
        palette_reduction=reducible,
        grayscale_reduction=reducible,
    )
    if packing is Packing.FAST or raw > _PNG_MOST_BYTES_IN_FULL:
        return pack(level=_FAST_LEVEL)
    effort = _effort(data, facts, image)
    return pack(filter=effort.filters, deflate=oxipng.Deflaters.libdeflater(effort.deflate))


def _effort(data: bytes, facts: ImageFacts, image: Image.Image | None) -> _Effort:
    if facts.colours is Colours.GREY or facts.depth == _DEEP:
        return _UNKNOWN  # its number of colours says nothing
    share = colour_share(image or decode_first(BytesIO(data), facts))
    return _DRAWING if share <= MOST_OF_DRAWINGS else _PHOTOGRAPH


def smaller_palette_png(data: bytes, pixels: int) -> bytes:
    """``data``, a PNG whose palette was just made, of an image of so many pixels. All of its chunks are kept."""
    is_small = pixels < _SMALL_PIXELS
    effort = _SMALL_PALETTE if is_small else _PALETTE
    return oxipng.optimize_from_memory(
        data,
        filter=effort.filters,
        deflate=oxipng.Deflaters.libdeflater(effort.deflate),
        strip=oxipng.StripChunks.none,
        palette_reduction=is_small,
    )


def _raw_size(data: bytes, facts: ImageFacts) -> int:
    """Bytes of the decoded pixels of a PNG."""
    channels = {2: 3, 4: 2, 6: 4}.get(data[25], 1)  # by the colour type in IHDR
    return facts.width * facts.height * facts.frames * channels * facts.depth // 8


def smaller_gif(
    data: bytes, facts: ImageFacts, _image: Image.Image | None = None, _packing: Packing = Packing.FULL
) -> bytes | None:
    """The composed frames, encoded anew. None where there are too many pixels.

    libvips gets the frames as browsers show them. What it reads from a GIF by itself has painted backgrounds.

    Raises:
        pyvips.Error: libvips cannot write it.
        UndecodableImage: it is not what ``facts`` state. Decoders raise other exceptions too.
    """
    if facts.width * facts.height * facts.frames > _GIF_MOST_PIXELS:
        return None
    stack = np.empty((facts.frames, facts.height, facts.width, 4), np.uint8)
    delays, loop = [], None
    for number, frame in enumerate(every_frame(BytesIO(data), facts)):
        stack[number] = np.asarray(frame)
        delays.append(_MILLISECONDS * frame.info["duration"])
        loop = frame.info.get("loop")
    image = pyvips.Image.new_from_memory(stack.data, facts.width, facts.height * facts.frames, 4, "uchar").copy(
        interpretation="srgb"
    )
    image.set_type(pyvips.GValue.gint_type, "page-height", facts.height)
    image.set_type(pyvips.GValue.array_int_type, "delay", delays)
    image.set_type(pyvips.GValue.gint_type, "loop", 1 if loop is None else loop + 1 if loop else 0)
    # Errors of zero between frames and palettes: only equal pixels may be taken for equal.
    return bytes(
        image.gifsave_buffer(
            effort=7, dither=0, keep_duplicate_frames=True, interframe_maxerror=0, interpalette_maxerror=0
        )
    )
