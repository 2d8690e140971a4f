"""A PNG with its colours reduced to 256, where nobody can tell."""

from io import BytesIO

import oxipng
from PIL import Image

from adapters.codec.encoders.vips import pyvips
from adapters.codec.formats.png import with_colours_of
from adapters.codec.lossy.result import LossyResult
from adapters.codec.pixels.colour import Conversion, conversion
from adapters.codec.pixels.upright import Upright
from adapters.codec.scoring.sample import Sample, SampleSquares
from domain.model.pixels.compression import LossyAttempt

_COLOURS = 256
_WHOLE = 4_000_000  # pixels; a picture of no more is looked at whole, as what a palette does is not spread evenly
_PIECES = 48
_QUICKLY, _LESS_CAREFULLY, _CAREFULLY = 1, 7, 10  # libvips' measure of effort
_GAINED_BY_CARE = 8  # points at the most
_GROUNDS = (26, 230)  # a dark and a light grey, over either of which what shines through must look the same


def reduce_palette(original: bytes, picture: Image.Image, attempt: LossyAttempt) -> LossyResult | None:
    """``original``, a PNG without private metadata, with a palette; ``picture`` is what it was decoded to.

    None if it has so few colours already, or if it scores too little for the ``attempt``.
    """
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    if picture.getcolors(_COLOURS) is not None:
        return None
    profile = picture.info.get("icc_profile")
    # Done well it takes ten times as long, and gains a few points.
    if _score(picture, _with_palette(picture, _QUICKLY), profile) < attempt.score - _GAINED_BY_CARE:
        return None
    pixels = picture.width * picture.height
    written = _with_palette(picture, _CAREFULLY if pixels <= _WHOLE else _LESS_CAREFULLY)
    score = _score(picture, written, profile)
    if score < attempt.score:
        return None
    data = oxipng.optimize_from_memory(with_colours_of(original, written), level=2, strip=oxipng.StripChunks.none)
    return LossyResult(data, "libimagequant", score)


def _with_palette(picture: Image.Image, effort: int) -> bytes:
    bands = len(picture.getbands())
    raster = pyvips.Image.new_from_memory(picture.tobytes(), picture.width, picture.height, bands, "uchar")
    raster = raster.copy(interpretation="srgb")
    return bytes(raster.pngsave_buffer(palette=True, Q=100, dither=1, effort=effort, compression=1, keep="none"))


def _score(picture: Image.Image, data: bytes, profile: bytes | None) -> float:
    """The lowest over the grounds, if they show through at all."""
    with Image.open(BytesIO(data), formats=("PNG",)) as written:
        written.load()
        grounds = _GROUNDS if picture.mode == "RGBA" else _GROUNDS[:1]
        seen = conversion(profile, "RGB")
        return min(_score_on(ground, picture, written, seen) for ground in grounds)


def _score_on(grey: int, picture: Image.Image, written: Image.Image, seen: Conversion | None) -> float:
    mine, theirs = _shown_on(grey, picture), _shown_on(grey, written)
    terrain = SampleSquares(mine)
    if picture.width * picture.height <= _WHOLE or terrain.squares < _PIECES:
        return Sample(mine, None, seen=seen).score_of(theirs)
    return Sample(mine, terrain, _PIECES, seen).score_of(theirs)


def _shown_on(grey: int, picture: Image.Image) -> Upright:
    if not picture.has_transparency_data:
        return Upright(picture.convert("RGB"))
    ground = Image.new("RGBA", picture.size, (grey, grey, grey, 255))
    return Upright(Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB"))
