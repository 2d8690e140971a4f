"""The boxes of a JPEG 2000 file (ISO/IEC 15444-1, annex I), and the header of a bare codestream (annex A)."""

from collections.abc import Iterator

from adapters.codec.formats.avif.boxes import Box, boxes
from adapters.codec.formats.reading import Source, unsigned
from domain.errors import UndecodableImage
from domain.model.pixels.source import SourceFacts, SourceFormat

_FILE = b"\0\0\0\x0cjP  \r\n\x87\n"
_CODESTREAM = b"\xff\x4f\xff\x51"
_MOST_COMPONENTS = 5
_RESTRICTED_PROFILE = 2  # a method in a colr box


def matches(head: bytes) -> bool:
    return head.startswith((_FILE, _CODESTREAM))


def read_facts(data: Source) -> SourceFacts:
    """What the SIZ segment of the codestream states: decoders make room for as much, whatever the boxes state.

    Raises:
        UndecodableImage: there is no codestream, or it states no size or more components than an image has.
        ImageTooLarge: there are more boxes than any image needs.
    """
    at, blocks = _codestream(data)
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


def colour_profile(data: Source) -> bytes | None:
    """The restricted ICC profile of the file; None if there is none."""
    for header in _within(data, _top(data)[0], b"jp2h"):
        for colr in _within(data, header, b"colr"):
            if unsigned(data, colr.body, 1) == _RESTRICTED_PROFILE:
                return data[colr.body + 3 : colr.end] or None
    return None


def _codestream(data: Source) -> tuple[int, int]:
    """Where the codestream begins, and the number of boxes."""
    if data[: len(_CODESTREAM)] == _CODESTREAM:
        return 0, 1
    whole, blocks = _top(data)
    stream = whole.need(b"jp2c")
    if data[stream.body : stream.body + len(_CODESTREAM)] != _CODESTREAM:
        raise UndecodableImage(reason="a JPEG 2000 file without a codestream")
    return stream.body, blocks


def _top(data: Source) -> tuple[Box, int]:
    return boxes(data) if data[: len(_FILE)] == _FILE else (Box(b"", 0, 0, 0, 0), 0)


def _within(data: Source, outer: Box, kind: bytes) -> Iterator[Box]:
    """The boxes of this kind in a box, which may be one that AVIF does not have."""
    for each in outer.children or _children(data, outer):
        if each.kind == kind:
            yield each


def _children(data: Source, outer: Box) -> tuple[Box, ...]:
    found = []
    at = outer.body
    while at + 8 <= outer.end:
        size = unsigned(data, at, 4)
        if size < 8:
            break
        found.append(Box(data[at + 4 : at + 8], at, at + 8, at + 8, min(at + size, outer.end)))
        at += size
    return tuple(found)
