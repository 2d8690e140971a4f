"""A PNG with its colours reduced to 256, if the difference cannot be seen."""

from io import BytesIO

from PIL import Image

from adapters.codec.encoders.lossless import smaller_palette_png
from adapters.codec.encoders.vips import pyvips
from adapters.codec.formats.png import with_colours_of
from adapters.codec.lossy.result import LossyResult
from adapters.codec.pixels.colour import Conversion, conversion
from adapters.codec.pixels.colour_share import MOST_OF_DRAWINGS, colour_share
from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.sample import Sample, SampleSquares
from adapters.codec.scoring.worst_places import worst_places
from domain.model.pixels.compression import LossyAttempt
from domain.model.pixels.media import ImageFacts

_COLOURS = 256
_WHOLE_PIXELS = 4_000_000
"""Images of at most so many pixels are scored whole, because a palette's errors are not spread evenly."""

_SQUARES = 48  # that are scored of a larger image
_SMALL_PIXELS = 1_000_000
_SMALL_EFFORT, _EFFORT = 10, 7
"""Of libvips, from 1 to 10, for images of fewer than _SMALL_PIXELS and for others. They score within half a point."""

_BACKGROUNDS = (26, 230)
"""A dark and a light grey, from 0 to 255: transparent images must look the same on either."""

_OPAQUE = (255, 255)


def reduce_palette(original: bytes, image: Image.Image, facts: ImageFacts, attempt: LossyAttempt) -> LossyResult | None:
    """``original``, a PNG without private metadata, with a palette; ``image`` is what it was decoded to.

    None if it has no more than 256 colours already, or if the result scores too little for the ``attempt``. Of images
    with many colours that is known in advance.
    """
    to_srgb = conversion(image.info.get("icc_profile"), "RGB", facts.encoding)
    image = _with_needed_channels(image)
    if colour_share(image) > MOST_OF_DRAWINGS or image.getcolors(_COLOURS) is not None:
        return None
    reduced = _with_palette(image)
    score, lowest = _scores(image, reduced, to_srgb, attempt)
    if score < attempt.score or lowest < attempt.lowest:
        return None
    data = smaller_palette_png(with_colours_of(original, reduced), image.width * image.height)
    return LossyResult(data, "libimagequant", score, lowest)


def _with_needed_channels(image: Image.Image) -> Image.Image:
    """In mode RGBA if a pixel is transparent, else in mode RGB, which is scored in half the time."""
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema() != _OPAQUE:
            return image
    return image.convert("RGB")


def _with_palette(image: Image.Image) -> bytes:
    bands, pixels = len(image.getbands()), image.width * image.height
    raster = pyvips.Image.new_from_memory(image.tobytes(), image.width, image.height, bands, "uchar")
    raster = raster.copy(interpretation="srgb")
    effort = _SMALL_EFFORT if pixels < _SMALL_PIXELS else _EFFORT
    return bytes(raster.pngsave_buffer(palette=True, Q=100, dither=1, effort=effort, compression=1, keep="none"))


def _scores(image: Image.Image, data: bytes, to_srgb: Conversion | None, attempt: LossyAttempt) -> tuple[float, float]:
    """The score of the PNG ``data`` against ``image``, and that of its worst place; of a transparent one, the lower of those
    on both backgrounds.

    If one of them on the first background is below what the ``attempt`` must reach, these are returned at once.
    """
    with Image.open(BytesIO(data), formats=("PNG",)) as reduced:
        reduced.load()
        first, second = _BACKGROUNDS
        score, lowest = _scores_on(first, image, reduced, to_srgb, attempt.lowest)
        if image.mode == "RGB" or score < attempt.score or lowest < attempt.lowest:
            return score, lowest
        others = _scores_on(second, image, reduced, to_srgb, attempt.lowest)
        return min(score, others[0]), min(lowest, others[1])


def _scores_on(
    background: int, image: Image.Image, reduced: Image.Image, to_srgb: Conversion | None, limit: float
) -> tuple[float, float]:
    before, after = OrientedImage(_composed(background, image)), _composed(background, reduced)
    squares = SampleSquares(before)
    is_whole = image.width * image.height <= _WHOLE_PIXELS or squares.count < _SQUARES
    sample = Sample(before, None if is_whole else squares, _SQUARES, to_srgb)
    score = sample.score_of(OrientedImage(after))
    places = worst_places(before, lambda: [after], to_srgb, limit=limit)
    return score, min((score, *(place.score for place in places)))


def _composed(background: int, image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, (background, background, background, 255))
    return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
