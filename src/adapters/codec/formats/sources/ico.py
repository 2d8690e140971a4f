"""The directory of an ICO: which images it holds, and the one that is taken."""

import struct
from typing import NamedTuple

from adapters.codec.formats.reading import Source, bounded, unsigned
from adapters.codec.formats.sources.bmp import bitmap_size
from domain.errors import UndecodableImage
from domain.model.pixels.source import SourceFacts, SourceFormat

_SIGNATURE = b"\0\0\1\0"
_HEADER, _ENTRY = 6, 16  # bytes
_PNG = b"\x89PNG\r\n\x1a\n"
_LEAST_IMAGE = 12  # bytes


class _Entry(NamedTuple):
    """An image of the file; ``bits`` are those of a pixel, 0 where the directory does not say."""

    width: int
    height: int
    bits: int
    header: bytes
    start: int
    size: int


def matches(head: bytes) -> bool:
    # The byte after the size of the first entry and its number of colours is reserved: 0, or 255 by some programs.
    return head.startswith(_SIGNATURE) and head[4:6] != b"\0\0" and head[9:10] in (b"\0", b"\xff")


def read_facts(data: Source) -> SourceFacts:
    """What is stated of the largest image; of several that are equally large, the one with the most bits.

    Raises:
        UndecodableImage: there is no image, or its header states no size.
        ImageTooLarge: there are more images than any file needs.
    """
    entries = _entries(data)
    taken = _taken(entries)
    return SourceFacts(
        format=SourceFormat.ICO, width=taken.width, height=taken.height, pages=len(entries), blocks=len(entries)
    )


def with_one_image(data: Source) -> bytes:
    """An ICO that holds only the image that is taken."""
    taken = _taken(_entries(data))
    image = data[taken.start :]  # decoders read on where the stated size is too small
    return b"".join((b"\0\0\1\0\1\0", taken.header[:8], struct.pack("<II", taken.size, _HEADER + _ENTRY), image))


def _taken(entries: list[_Entry]) -> _Entry:
    return max(entries, key=lambda each: (each.width * each.height, each.bits))


def _entries(data: Source) -> list[_Entry]:
    entries = []
    for index in bounded(range(unsigned(data, 4, 2, "little"))):
        at = _HEADER + _ENTRY * index
        bits, size, start = (unsigned(data, at + place, width, "little") for place, width in ((6, 2), (8, 4), (12, 4)))
        if size < _LEAST_IMAGE or start + _LEAST_IMAGE > len(data):
            continue
        width, height = _image_size(data, start)
        entries.append(_Entry(width, height, bits, data[at : at + _ENTRY], start, size))
    if not entries:
        raise UndecodableImage(reason="an ICO without an image")
    return entries


def _image_size(data: Source, start: int) -> tuple[int, int]:
    if data[start : start + len(_PNG)] == _PNG:
        return unsigned(data, start + 16, 4), unsigned(data, start + 20, 4)
    width, height = bitmap_size(data, start)
    return width, max(1, height // 2)  # it counts the rows of the mask, too
