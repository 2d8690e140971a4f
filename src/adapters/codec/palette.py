"""A PNG with its colours reduced to 256, where nobody can tell."""

from io import BytesIO

import oxipng
from PIL import Image

from adapters.codec import staged
from adapters.codec.decode import every_frame
from adapters.codec.png_structure import with_colours_of
from adapters.codec.sample import Sample, Terrain
from adapters.codec.upright import Upright
from adapters.codec.verdicts import Made
from adapters.codec.vips import pyvips
from domain.model.compression import LossyAttempt, Technique
from domain.model.media import ImageFacts
from domain.ports.staging import StagedPath

_COLOURS = 256
_WHOLE = 1_000_000  # pixels; a picture of no more is looked at whole
_PIECES = 48
_GROUNDS = (26, 230)  # a dark and a light grey, over either of which what shines through must look the same


def reduce(source: StagedPath, facts: ImageFacts, attempt: LossyAttempt, target: StagedPath) -> Made | None:
    """Write ``source``, a PNG without private metadata, with a palette; None if it has so few colours already."""
    with staged.opened(source) as file:
        original = file.read()
        file.seek(0)
        for frame in every_frame(file, facts):
            picture = frame.convert("RGBA" if frame.has_transparency_data else "RGB")
    if picture.getcolors(_COLOURS) is not None:
        return None
    bands = len(picture.getbands())
    raster = pyvips.Image.new_from_memory(picture.tobytes(), picture.width, picture.height, bands, "uchar").copy(
        interpretation="srgb"
    )
    written = bytes(raster.pngsave_buffer(palette=True, Q=100, dither=1, effort=10, compression=1, keep="none"))
    data = oxipng.optimize_from_memory(with_colours_of(original, written), level=2, strip=oxipng.StripChunks.none)
    if len(data) > attempt.share * len(original):
        return None
    return Made(Technique.PALETTE, "libimagequant", staged.write(target, data), _score(picture, data))


def _score(picture: Image.Image, data: bytes) -> float:
    """The lowest over the grounds, if they show through at all."""
    with Image.open(BytesIO(data), formats=("PNG",)) as written:
        written.load()
        grounds = _GROUNDS if picture.mode == "RGBA" else _GROUNDS[:1]
        return min(_score_on(ground, picture, written) for ground in grounds)


def _score_on(grey: int, picture: Image.Image, written: Image.Image) -> float:
    mine, theirs = _shown_on(grey, picture), _shown_on(grey, written)
    terrain = Terrain(mine) if picture.width * picture.height > _WHOLE else None
    return Sample(mine, terrain, _PIECES).score_of(theirs)


def _shown_on(grey: int, picture: Image.Image) -> Upright:
    if not picture.has_transparency_data:
        return Upright(picture.convert("RGB"))
    ground = Image.new("RGBA", picture.size, (grey, grey, grey, 255))
    return Upright(Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB"))
