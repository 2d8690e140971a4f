"""The boxes of an AVIF (ISO/IEC 14496-12), read into a tree and written again."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Literal

from adapters.codec.formats.reading import MOST_BLOCKS, Source, bounded, unsigned
from domain.errors import ImageTooLarge, UndecodableImage

# Boxes that contain boxes, with the bytes of the fields before the first of them.
_CONTAINERS = {
    b"meta": 4,
    b"iprp": 0,
    b"ipco": 0,
    b"iref": 4,
    b"grpl": 0,
    b"moov": 0,
    b"trak": 0,
    b"tref": 0,
    b"mdia": 0,
    b"minf": 0,
    b"stbl": 0,
    b"stsd": 8,
    b"av01": 78,
}
_DEEPEST = 8  # levels of boxes within boxes

_LONGEST_TABLE = 4 * MOST_BLOCKS  # entries
_STRUCT_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}


@dataclass(frozen=True, slots=True)
class Box:
    """``start`` is where the header begins, ``body`` where it ends, ``inner`` where the first of ``children`` begins."""

    kind: bytes
    start: int
    body: int
    inner: int
    end: int
    children: tuple["Box", ...] = ()

    def all(self, kind: bytes) -> Iterator["Box"]:
        return (child for child in self.children if child.kind == kind)

    def find(self, *path: bytes) -> "Box | None":
        """The first box at the end of the path of kinds, each within the one before; None if there is none."""
        found: Box | None = self
        for kind in path:
            found = next(found.all(kind), None) if found else None
        return found

    def need(self, *path: bytes) -> "Box":
        """As ``find``.

        Raises:
            UndecodableImage: there is none.
        """
        found = self.find(*path)
        if found is None:
            raise UndecodableImage(reason=f"no {b'/'.join(path)!r} within {self.kind!r}")
        return found


def brands(head: bytes) -> Iterator[bytes]:
    """The major brand of a file that begins with ``head``, then the compatible ones (ISO/IEC 14496-12, section 4.3).

    Nothing where it does not begin with a file type box.
    """
    if head[4:8] != b"ftyp":
        return
    yield head[8:12]
    end = min(len(head), int.from_bytes(head[:4], "big"))
    for at in range(16, end - 3, 4):
        yield head[at : at + 4]


def boxes(data: Source) -> tuple[Box, int]:
    """The whole file as one box without a kind, and the number of boxes in it.

    Raises:
        UndecodableImage: a box is smaller than its own header.
        ImageTooLarge: there are more boxes than any image needs.
    """
    steps = bounded(count())
    whole = Box(b"", 0, 0, 0, len(data), tuple(_children(data, 0, len(data), steps, _DEEPEST)))
    return whole, next(steps)


def _children(data: Source, at: int, end: int, steps: Iterator[int], depth: int) -> Iterator[Box]:
    while at + 8 <= end:
        next(steps)
        size, kind, body = unsigned(data, at, 4), data[at + 4 : at + 8], at + 8
        if size == 1:
            size, body = unsigned(data, body, 8), body + 8
        elif size == 0:
            size = end - at
        if size < body - at:
            raise UndecodableImage(reason=f"a box of {size} bytes at byte {at}")
        stop = min(at + size, end)
        inner = _inner(data, kind, body)
        children = tuple(_children(data, inner, stop, steps, depth - 1)) if inner is not None and depth else ()
        yield Box(kind, at, body, inner or body, stop, children)
        at = stop


def _inner(data: Source, kind: bytes, body: int) -> int | None:
    if kind == b"iinf":
        return body + (6 if unsigned(data, body, 1) == 0 else 8)
    fields = _CONTAINERS.get(kind)
    return None if fields is None else body + fields


def box(kind: bytes, *body: bytes) -> bytes:
    """The bytes of a box of this kind with this body."""
    return b"".join(((8 + sum(map(len, body))).to_bytes(4, "big"), kind, *body))


def copied(data: Source, original: Box) -> bytes:
    """The box unchanged, with the shortest header."""
    return box(original.kind, data[original.body : original.end])


class Fields:
    """Numbers read one after the other from a box's body."""

    def __init__(self, data: Source, at: int, end: int) -> None:
        self._data = data
        self._at = at
        self._end = end

    def take(self, size: int) -> int:
        """The next number of ``size`` bytes; 0 if ``size`` is 0.

        Raises:
            UndecodableImage: the box ends before it.
        """
        if self._at + size > self._end:
            raise UndecodableImage(reason=f"a box ends within a number at byte {self._at}")
        self._at += size
        return unsigned(self._data, self._at - size, size)

    def take_all(self, size: Literal[1, 2, 4, 8], count: int) -> tuple[int, ...]:
        """The next ``count`` numbers of ``size`` bytes.

        Raises:
            UndecodableImage: the box ends before the last of them.
            ImageTooLarge: there are more than any image needs.
        """
        if count > _LONGEST_TABLE:
            raise ImageTooLarge(measure="entries in a table", actual=count, limit=_LONGEST_TABLE)
        start, self._at = self._at, self._at + size * count
        if self._at > min(self._end, len(self._data)):
            raise UndecodableImage(reason=f"a box ends within the table at byte {start}")
        return struct.unpack(f">{count}{_STRUCT_CODES[size]}", self._data[start : self._at])
