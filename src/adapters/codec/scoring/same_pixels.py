"""The proof that two files show the same image: everything that they show is compared, frame by frame."""

from collections.abc import Generator, Iterator
from contextlib import closing
from enum import Enum
from io import BytesIO

from PIL import Image

from adapters.codec.pixels.decode import every_frame
from adapters.codec.pixels.deep import DEEP, low_bytes
from domain.model.pixels.media import ImageFacts

_STRIP_BYTES = 4 * 2**20  # bytes of pixels that are compared at once
_SHOWN_FIELDS = ("icc_profile", "gamma", "srgb", "chromaticity", "adobe_transform", "loop", "duration")
_DIRECT_MODES = frozenset({"L", "LA", "RGB", "RGBA"})  # whose samples are colours, unless one is declared transparent


class Comparison(Enum):
    """Which pixels of two files count as the same.

    ``SAMPLES``: equal samples in the same mode. ``COLOURS``: equal colours and alpha, whatever the mode and palette.
    """

    SAMPLES = "samples"
    COLOURS = "colours"


def same_pixels(
    one: bytes, other: bytes, facts: ImageFacts, comparison: Comparison, decoded: Image.Image | None = None
) -> bool:
    """Whether two files show the same.

    False for what cannot be compared: animations with 16-bit samples, and pixels beyond the palette, whose colour depends
    on the decoder.

    ``decoded`` is what ``one`` was decoded to, in the mode of the file, if the caller has that; of an animation it is
    not used.

    Raises:
        UndecodableImage: one of them does not show what ``facts`` state. Decoders raise other exceptions too.
    """
    if facts.frames > 1 and facts.depth == DEEP:
        return False
    with closing(_frames(one, facts, decoded)) as before, closing(_frames(other, facts)) as after:
        if not all(_are_same(*pair, facts, comparison) for pair in zip(before, after, strict=True)):
            return False
    return facts.depth != DEEP or _low_bytes(one, facts) == _low_bytes(other, facts)


def _frames(data: bytes, facts: ImageFacts, decoded: Image.Image | None = None) -> Generator[Image.Image, None, None]:
    if decoded is not None and facts.frames == 1:
        yield decoded
    else:
        yield from every_frame(BytesIO(data), facts)


def _are_same(one: Image.Image, other: Image.Image, facts: ImageFacts, comparison: Comparison) -> bool:
    deep = facts.depth == DEEP
    fields = (*_SHOWN_FIELDS, "transparency") if deep else _SHOWN_FIELDS
    if one.size != other.size or any(one.info.get(name) != other.info.get(name) for name in fields):
        return False
    if _exceeds_palette(one) or _exceeds_palette(other):
        return False
    as_is = deep or comparison is Comparison.SAMPLES
    if as_is and one.mode != other.mode:
        return False
    as_is = as_is or _are_direct(one, other)
    mode = None if as_is else "RGBA"
    return all(a == b for a, b in zip(_strips(one, mode), _strips(other, mode), strict=True))


def _exceeds_palette(image: Image.Image) -> bool:
    if image.mode != "P" or image.palette is None:
        return False
    entries = len(image.palette.palette) // len(image.palette.mode)
    highest = image.getextrema()[1]
    return isinstance(highest, int) and highest >= entries


def _are_direct(one: Image.Image, other: Image.Image) -> bool:
    """Whether equal samples mean equal colours, so that nothing need be converted."""
    return one.mode == other.mode in _DIRECT_MODES and "transparency" not in one.info.keys() | other.info.keys()


def _strips(frame: Image.Image, mode: str | None) -> Iterator[bytes]:
    """All pixels of ``frame``, converted to ``mode`` if there is one, some rows at once."""
    width, height = frame.size
    rows = max(1, _STRIP_BYTES // (4 * width))
    for top in range(0, height, rows):
        strip = frame.crop((0, top, width, min(top + rows, height)))
        yield (strip.convert(mode) if mode else strip).tobytes()


def _low_bytes(data: bytes, facts: ImageFacts) -> bytes:
    """The low bytes of all samples; empty for a single channel, since Pillow keeps both of its bytes."""
    with Image.open(BytesIO(data), formats=(facts.format.name,)) as image:
        low = low_bytes(image)
        return b"" if low is None else low.tobytes()
