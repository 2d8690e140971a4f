"""The boxes of a JPEG 2000 file (ISO/IEC 15444-1, annex I), and the header of a bare codestream (annex A)."""

from collections.abc import Iterator

from adapters.codec.formats.avif.boxes import Box, boxes
from adapters.codec.formats.reading import Source, unsigned
from domain.errors import UndecodableImage
from domain.model.pixels.media import ImageFacts, ImageFormat
from domain.model.pixels.source import SourceFacts, SourceFormat

_FILE = b"\0\0\0\x0cjP  \r\n\x87\n"
_CODESTREAM = b"\xff\x4f\xff\x51"
_MOST_COMPONENTS = 5
_MOST_BITS = 16  # of a sample, that a decoder keeps
_RESTRICTED_PROFILE = 2  # a method in a colr box


def matches(head: bytes) -> bool:
    return head.startswith((_FILE, _CODESTREAM))


def read_source_facts(data: Source) -> SourceFacts:
    """What the SIZ segment of the codestream states: decoders make room for as much, whatever the boxes state.

    Raises:
        UndecodableImage: there is no codestream, or it states no size or more components than an image has.
        ImageTooLarge: there are more boxes than any image needs.
    """
    stream, blocks = codestream(data)
    at = stream.body
    right, bottom, left, top, tile_width, tile_height = (unsigned(data, at + 8 + 4 * index, 4) for index in range(6))
    components = unsigned(data, at + 40, 2)
    if right <= left or bottom <= top or not 0 < components <= _MOST_COMPONENTS:
        raise UndecodableImage(reason="a JPEG 2000 codestream of no size, or with too many components")
    depths = [1 + (unsigned(data, at + 42 + 3 * index, 1) & 0x7F) for index in range(components)]
    width, height = right - left, bottom - top
    return SourceFacts(
        format=SourceFormat.JP2,
        width=width,
        height=height,
        tile=max(min(tile_width, width), min(tile_height, height)),
        blocks=blocks,
        depth=max(depths),
    )


def read_facts(data: Source) -> ImageFacts:
    """The same of a file that keeps its format.

    Raises:
        UndecodableImage, ImageTooLarge: see ``read_source_facts``.
    """
    stated = read_source_facts(data)
    return ImageFacts(
        format=ImageFormat.JP2,
        width=stated.width,
        height=stated.height,
        blocks=stated.blocks,
        depth=min(stated.depth, _MOST_BITS),
    )


def colour_profile(data: Source) -> bytes | None:
    """The restricted ICC profile of the file; None if there is none."""
    for each in header(data):
        if each.kind == b"colr" and unsigned(data, each.body, 1) == _RESTRICTED_PROFILE:
            return data[each.body + 3 : each.end] or None
    return None


def codestream(data: Source) -> tuple[Box, int]:
    """The bytes of the codestream, and the number of boxes.

    Raises:
        UndecodableImage: there is none.
        ImageTooLarge: there are more boxes than any image needs.
    """
    if data[: len(_CODESTREAM)] == _CODESTREAM:
        return Box(b"", 0, 0, 0, len(data)), 1
    whole, blocks = _top(data)
    stream = whole.need(b"jp2c")
    if data[stream.body : stream.body + len(_CODESTREAM)] != _CODESTREAM:
        raise UndecodableImage(reason="a JPEG 2000 file without a codestream")
    return stream, blocks


def header(data: Source) -> Iterator[Box]:
    """The boxes that say how the samples of the codestream are shown; none where it is bare."""
    for outer in _top(data)[0].all(b"jp2h"):
        yield from children(data, outer)


def children(data: Source, outer: Box) -> Iterator[Box]:
    """The boxes within one that AVIF does not have."""
    at = outer.body
    while at + 8 <= outer.end:
        size = unsigned(data, at, 4)
        if size < 8:
            break
        yield Box(data[at + 4 : at + 8], at, at + 8, at + 8, min(at + size, outer.end))
        at += size


def _top(data: Source) -> tuple[Box, int]:
    return boxes(data) if data[: len(_FILE)] == _FILE else (Box(b"", 0, 0, 0, 0), 0)
