"""Lossless optimisers: the same pixels, packed better. The caller proves that the result shows the same."""

import resource

import oxipng
from mozjpeg_lossless_optimization import COPY_MARKERS  # type: ignore[import-untyped]  # it ships no types
from mozjpeg_lossless_optimization import optimize as mozjpeg

from adapters.codec.encoders.vips import pyvips
from domain.model.pixels.media import ImageFacts

# oxipng's effort, by the bytes of raw pixels. Measured on one core: level 2 takes 0.46 s for each million bytes, level 1
# takes 0.31 s and leaves 1.5 % more, level 0 takes 0.04 s and leaves 8 % more. oxipng looks at its own time limit only
# between trials, each of which takes many seconds. So the level is chosen by size, such that an image of 50 megapixels
# ends well within half a minute.
_PNG_LEVELS = ((24_000_000, 2), (36_000_000, 1))
_PNG_FASTEST_LEVEL = 0
_PNG_MEMORY_PER_RAW_BYTE = 5  # bytes; 4.3 were measured

_GIF_MOST_PIXELS = 40_000_000  # of all frames together: libvips holds them all in memory, with four bytes each


def smaller_jpeg(data: bytes, _facts: ImageFacts) -> bytes:
    """All markers of ``data`` are kept: private ones must be gone already."""
    smaller: bytes = mozjpeg(data, COPY_MARKERS.ALL)
    return smaller


def smaller_png(data: bytes, facts: ImageFacts) -> bytes | None:
    """None where oxipng would pass the process's bound on memory, at which it ends the process.

    All chunks of ``data`` are kept: private ones must be gone already.
    """
    raw = _raw_size(data, facts)
    bound, _ = resource.getrlimit(resource.RLIMIT_AS)
    if bound != resource.RLIM_INFINITY and raw * _PNG_MEMORY_PER_RAW_BYTE >= bound:
        return None
    level = next((level for most, level in _PNG_LEVELS if raw <= most), _PNG_FASTEST_LEVEL)
    reducible = facts.depth != 16  # 16-bit samples stay as they are, so that they can be compared byte for byte
    return oxipng.optimize_from_memory(
        data,
        level=level,
        strip=oxipng.StripChunks.none,  # any other choice replaces some colour profiles
        bit_depth_reduction=reducible,
        color_type_reduction=reducible,
        palette_reduction=reducible,
        grayscale_reduction=reducible,
    )


def _raw_size(data: bytes, facts: ImageFacts) -> int:
    """Bytes of the decoded pixels of a PNG."""
    channels = {2: 3, 4: 2, 6: 4}.get(data[25], 1)  # by the colour type in IHDR
    return facts.width * facts.height * facts.frames * channels * facts.depth // 8


def smaller_gif(data: bytes, facts: ImageFacts) -> bytes | None:
    """None where there are too many pixels.

    Raises:
        pyvips.Error: libvips cannot read it.
    """
    if facts.width * facts.height * facts.frames > _GIF_MOST_PIXELS:
        return None
    image = pyvips.Image.gifload_buffer(data, n=-1)
    # Errors of zero between frames and palettes: only equal pixels may be taken for equal.
    return bytes(
        image.gifsave_buffer(
            effort=7, dither=0, keep_duplicate_frames=True, interframe_maxerror=0, interpalette_maxerror=0
        )
    )
