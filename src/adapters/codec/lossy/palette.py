"""A PNG with its colours reduced to 256, where nobody can tell the difference."""

from io import BytesIO

import oxipng
from PIL import Image

from adapters.codec.encoders.vips import pyvips
from adapters.codec.formats.png import with_colours_of
from adapters.codec.lossy.result import LossyResult
from adapters.codec.pixels.colour import Conversion, conversion
from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.sample import Sample, SampleSquares
from domain.model.pixels.compression import LossyAttempt

_COLOURS = 256
_WHOLE_PIXELS = 4_000_000
"""Images of at most so many pixels are scored whole, because a palette's errors are not spread evenly."""

_SQUARES = 48  # that are scored of a larger image
_PROBING_EFFORT, _REDUCED_EFFORT, _FULL_EFFORT = 1, 7, 10  # of libvips, from 1 to 10
_GAINED_BY_EFFORT = 8
"""Points that more effort gains at most."""

_BACKGROUNDS = (26, 230)
"""A dark and a light grey, from 0 to 255: transparent images must look the same on either."""


def reduce_palette(original: bytes, image: Image.Image, attempt: LossyAttempt) -> LossyResult | None:
    """``original``, a PNG without private metadata, with a palette; ``image`` is what it was decoded to.

    None if it has no more than 256 colours already, or if the result scores too little for the ``attempt``.
    """
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.getcolors(_COLOURS) is not None:
        return None
    profile = image.info.get("icc_profile")
    # Full effort takes ten times as long as the least, and gains a few points.
    if _score(image, _with_palette(image, _PROBING_EFFORT), profile) < attempt.score - _GAINED_BY_EFFORT:
        return None
    pixels = image.width * image.height
    reduced = _with_palette(image, _FULL_EFFORT if pixels <= _WHOLE_PIXELS else _REDUCED_EFFORT)
    score = _score(image, reduced, profile)
    if score < attempt.score:
        return None
    data = oxipng.optimize_from_memory(with_colours_of(original, reduced), level=2, strip=oxipng.StripChunks.none)
    return LossyResult(data, "libimagequant", score)


def _with_palette(image: Image.Image, effort: int) -> bytes:
    bands = len(image.getbands())
    raster = pyvips.Image.new_from_memory(image.tobytes(), image.width, image.height, bands, "uchar")
    raster = raster.copy(interpretation="srgb")
    return bytes(raster.pngsave_buffer(palette=True, Q=100, dither=1, effort=effort, compression=1, keep="none"))


def _score(image: Image.Image, data: bytes, profile: bytes | None) -> float:
    """The score of the PNG ``data`` against ``image``; of a transparent one, the lower of those on both backgrounds."""
    with Image.open(BytesIO(data), formats=("PNG",)) as reduced:
        reduced.load()
        backgrounds = _BACKGROUNDS if image.mode == "RGBA" else _BACKGROUNDS[:1]
        to_srgb = conversion(profile, "RGB")
        return min(_score_on(background, image, reduced, to_srgb) for background in backgrounds)


def _score_on(background: int, image: Image.Image, reduced: Image.Image, to_srgb: Conversion | None) -> float:
    before, after = _composed(background, image), _composed(background, reduced)
    squares = SampleSquares(before)
    if image.width * image.height <= _WHOLE_PIXELS or squares.count < _SQUARES:
        return Sample(before, None, to_srgb=to_srgb).score_of(after)
    return Sample(before, squares, _SQUARES, to_srgb).score_of(after)


def _composed(background: int, image: Image.Image) -> OrientedImage:
    if not image.has_transparency_data:
        return OrientedImage(image.convert("RGB"))
    ground = Image.new("RGBA", image.size, (background, background, background, 255))
    return OrientedImage(Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB"))
