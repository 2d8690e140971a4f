"""The headers of a BMP, and of the bitmap within an ICO, which begins with the second of them."""

import re

from adapters.codec.formats.reading import Source, unsigned
from domain.errors import UndecodableImage
from domain.model.pixels.source import SourceFacts, SourceFormat

FILE_HEADER = 14  # bytes
_CORE_HEADER = 12  # bytes; that of OS/2 1.x, whose sizes have two bytes
_V5_HEADER = 124
_EMBEDDED = b"DEBM"  # a colour space of V5: the profile is in the file

# Two letters alone would match any text that begins with them, so the size of the second header must fit.
_SIGNATURE = re.compile(rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL)


def matches(head: bytes) -> bool:
    return _SIGNATURE.match(head) is not None


def read_facts(data: Source) -> SourceFacts:
    """What the headers state.

    Raises:
        UndecodableImage: the file ends within them, or states no size.
    """
    width, height = bitmap_size(data, FILE_HEADER)
    return SourceFacts(format=SourceFormat.BMP, width=width, height=height)


def bitmap_size(data: Source, at: int) -> tuple[int, int]:
    """Width and height in the header of a bitmap that begins at ``at``.

    Raises:
        UndecodableImage: the file ends within the header, or states no size.
    """
    if unsigned(data, at, 4, "little") == _CORE_HEADER:
        width, height = unsigned(data, at + 4, 2, "little"), unsigned(data, at + 6, 2, "little")
    else:
        width, height = unsigned(data, at + 4, 4, "little"), unsigned(data, at + 8, 4, "little")
        height = min(height, 2**32 - height)  # negative where the rows go from top to bottom
    if not (width and height):
        raise UndecodableImage(reason="a bitmap of no size")
    return width, height


def colour_profile(data: Source) -> bytes | None:
    """The embedded ICC profile (header of version 5); None if there is none."""
    at = FILE_HEADER
    if unsigned(data, at, 4, "little") != _V5_HEADER or data[at + 56 : at + 60] != _EMBEDDED:
        return None
    start, size = (unsigned(data, at + offset, 4, "little") for offset in (112, 116))
    return data[at + start : at + start + size] or None
