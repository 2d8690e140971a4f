"""The directories of a TIFF (TIFF 6.0, section 2; BigTIFF): what they state of the first page."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from adapters.codec.formats.reading import Source, bounded, unsigned
from domain.errors import UndecodableImage
from domain.model.pixels.media import Orientation
from domain.model.pixels.source import SourceFacts, SourceFormat

_SIGNATURE = re.compile(rb"II[*+]\0|MM\0[*+]")
_WIDTH, _HEIGHT, _BITS, _ORIENTATION, _TILE_WIDTH, _TILE_HEIGHT, _SAMPLES = 256, 257, 258, 274, 322, 323, 277
_READ = frozenset((_WIDTH, _HEIGHT, _BITS, _ORIENTATION, _TILE_WIDTH, _TILE_HEIGHT, _SAMPLES))
_SIZES = {1: 1, 3: 2, 4: 4, 16: 8}  # bytes of a number, by its type
_MOST_SAMPLES = 6  # of a pixel; a decoder makes room for as many as are stated

_Order: TypeAlias = Literal["big", "little"]


class _Layout(NamedTuple):
    """How numbers are written: their order, and the sizes in bytes of offsets, counts of entries, and entries."""

    order: _Order
    offset: int
    entries: int
    entry: int


def matches(head: bytes) -> bool:
    return _SIGNATURE.match(head) is not None


def read_facts(data: Source) -> SourceFacts:
    """What the first directory states, and the number of directories.

    Raises:
        UndecodableImage: the first directory cannot be read, or states no size.
        ImageTooLarge: there are more directories or entries than any image needs.
    """
    layout, first = _start(data)
    fields = _fields(data, layout, first)
    width, height = fields.get(_WIDTH, 0), fields.get(_HEIGHT, 0)
    if not (width and height):
        raise UndecodableImage(reason="a TIFF of no size")
    if fields.get(_SAMPLES, 1) > _MOST_SAMPLES:
        raise UndecodableImage(reason=f"a TIFF of {fields[_SAMPLES]} samples for each pixel")
    orientation = fields.get(_ORIENTATION, 1)
    if orientation in tuple(Orientation) and Orientation(orientation).swaps_sides:
        width, height = height, width
    pages = sum(1 for _ in bounded(_directories(data, layout, first)))
    return SourceFacts(
        format=SourceFormat.TIFF,
        width=width,
        height=height,
        tile=max(fields.get(_TILE_WIDTH, 0), fields.get(_TILE_HEIGHT, 0)),
        pages=pages,
        blocks=pages,
        depth=min(max(fields.get(_BITS, 1), 1), 64),
    )


def _start(data: Source) -> tuple[_Layout, int]:
    """How numbers are written, and where the first directory is."""
    order: _Order = "little" if data[:2] == b"II" else "big"
    if unsigned(data, 2, 2, order) == 42:
        return _Layout(order, 4, 2, 12), unsigned(data, 4, 4, order)
    return _Layout(order, 8, 8, 20), unsigned(data, 8, 8, order)


def _directories(data: Source, layout: _Layout, at: int) -> Iterator[int]:
    """Where each directory of the chain is; it ends where it is broken, or leads back into itself."""
    seen: set[int] = set()
    while 0 < at < len(data) and at not in seen:
        seen.add(at)
        yield at
        try:
            entries = unsigned(data, at, layout.entries, layout.order)
            at = unsigned(data, at + layout.entries + entries * layout.entry, layout.offset, layout.order)
        except UndecodableImage:
            return


def _fields(data: Source, layout: _Layout, directory: int) -> Mapping[int, int]:
    """The first number of each field that is read here; later fields of the same tag count, as in decoders."""
    fields = {}
    at = directory + layout.entries
    for _ in bounded(range(unsigned(data, directory, layout.entries, layout.order))):
        tag, kind = unsigned(data, at, 2, layout.order), unsigned(data, at + 2, 2, layout.order)
        values = unsigned(data, at + 4, layout.offset, layout.order)
        size = _SIZES.get(kind)
        if tag in _READ and size is not None and values:
            value = at + 4 + layout.offset
            if size * values > layout.offset:
                value = unsigned(data, value, layout.offset, layout.order)
            fields[tag] = unsigned(data, value, size, layout.order)
        at += layout.entry
    return fields
