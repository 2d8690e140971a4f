"""The segments of a JPEG 2000 codestream (ISO/IEC 15444-1, annex A): a new one without comments, and without what follows
its end.
"""

from collections.abc import Iterator
from itertools import count

from adapters.codec.formats.avif.boxes import Box
from adapters.codec.formats.reading import Part, Source, bounded, unsigned
from domain.errors import UndecodableImage

_START, _TILE_PART, _DATA, _END = 0xFF4F, 0xFF90, 0xFF93, 0xFFD9
_LENGTHS_OF_TILE_PARTS = 0xFF55
_KEPT = frozenset(
    (
        0xFF50, 0xFF51, 0xFF52, 0xFF53, 0xFF55, 0xFF56, 0xFF57, 0xFF58, 0xFF59, 0xFF5C, 0xFF5D, 0xFF5E, 0xFF5F, 0xFF60,
        0xFF61, 0xFF63, 0xFF74, 0xFF75, 0xFF77, 0xFF78,
    )
)  # fmt: skip
"""The segments that a decoder needs; those of part 2 are transformations of components. A comment is 0xFF64."""

_MARKER = 2  # bytes
_TILE_PART_SIZE = 12  # bytes of the segment that begins a tile part


def kept_parts(data: Source, stream: Box) -> list[Part]:
    """What is kept of the codestream in ``stream``.

    Raises:
        UndecodableImage: a segment or a tile part is broken, or the end is missing.
        ImageTooLarge: there are more of them than any image needs.
    """
    steps = bounded(count())
    first = stream.body + _MARKER
    at = first + sum(map(len, _segments(data, first, stream.end, _TILE_PART, steps)))
    tile_parts: list[Part] = []
    is_shorter = False
    while (marker := _marker(data, at, stream.end)) != _END:
        next(steps)
        if marker != _TILE_PART:
            raise UndecodableImage(reason=f"a JPEG 2000 codestream with {marker:#x} at byte {at}")
        end = _end_of_tile_part(data, at, stream.end)
        header = list(_segments(data, at + _TILE_PART_SIZE, end, _DATA, steps))
        body = at + _TILE_PART_SIZE + sum(map(len, header))
        kept = [each for each in header if _marker(data, each.start, end) in _KEPT]
        size = _TILE_PART_SIZE + sum(map(len, kept)) + end - body
        is_shorter |= len(kept) < len(header)
        tile_parts += (range(at, at + 6), size.to_bytes(4, "big"), range(at + 10, at + 12), *kept, range(body, end))
        at = end
    main = [
        each
        for each in _segments(data, first, stream.end, _TILE_PART, steps)
        if (kind := _marker(data, each.start, stream.end)) in _KEPT
        and not (is_shorter and kind == _LENGTHS_OF_TILE_PARTS)  # which would not be right any more, and may be missing
    ]
    return [_START.to_bytes(2, "big"), *main, *tile_parts, _END.to_bytes(2, "big")]


def _segments(data: Source, at: int, end: int, until: int, steps: Iterator[int]) -> Iterator[range]:
    """The segments from ``at`` to the marker ``until``."""
    while _marker(data, at, end) != until:
        next(steps)
        size = unsigned(data, at + _MARKER, 2)
        if size < _MARKER or at + _MARKER + size > end:
            raise UndecodableImage(reason=f"a JPEG 2000 segment of {size} bytes at byte {at}")
        yield range(at, at + _MARKER + size)
        at += _MARKER + size


def _marker(data: Source, at: int, end: int) -> int:
    if at + _MARKER > end:
        raise UndecodableImage(reason="a JPEG 2000 codestream without its end")
    return unsigned(data, at, _MARKER)


def _end_of_tile_part(data: Source, at: int, end: int) -> int:
    size = unsigned(data, at + 6, 4)
    if not size:  # the last one, up to the end; no data holds its marker
        found = data.find(_END.to_bytes(2, "big"), at + _TILE_PART_SIZE, end)
        size = found - at
    if not _TILE_PART_SIZE < size <= end - at:
        raise UndecodableImage(reason=f"a JPEG 2000 tile part of {size} bytes at byte {at}")
    return at + size
