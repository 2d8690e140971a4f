"""What every reader of file structures uses: numbers, a bound on the steps, and a new file made of parts of an old one."""

from collections.abc import Iterable, Iterator
from mmap import mmap
from typing import Literal, TypeAlias, TypeVar

from domain.errors import ImageTooLarge, UndecodableImage
from domain.model.pixels.admission import AdmissionPolicy

Source: TypeAlias = bytes | mmap
"""A whole file. A slice of either is a copy, so that no view outlives a call and prevents closing the map."""

Part: TypeAlias = range | bytes
"""A part of a new file: a range of bytes of the old file, or new bytes. ``len`` is its size either way."""

MOST_BLOCKS = AdmissionPolicy().blocks

_Block = TypeVar("_Block")


def unsigned(data: Source, at: int, size: int, order: Literal["big", "little"] = "big") -> int:
    """The unsigned number of ``size`` bytes at ``at``.

    Raises:
        UndecodableImage: the file ends before it.
    """
    field = data[at : at + size]
    if len(field) < size:
        raise UndecodableImage(reason=f"the file ends within a number at byte {at}")
    return int.from_bytes(field, order)


def bounded(blocks: Iterable[_Block]) -> Iterator[_Block]:
    """The same blocks, up to a number that no image needs.

    Raises:
        ImageTooLarge: on the first block past ``MOST_BLOCKS``. The admission policy cannot do this, because a walk that
            stops early has not counted every frame, and may not have reached the size.
    """
    for count, block in enumerate(blocks, 1):
        if count > MOST_BLOCKS:
            raise ImageTooLarge(measure="blocks of data", actual=count, limit=MOST_BLOCKS)
        yield block


def spliced(data: Source, parts: Iterable[Part]) -> bytes:
    """The parts one after the other. Only the result is allocated."""
    with memoryview(data) as view:
        return b"".join([view[part.start : part.stop] if isinstance(part, range) else part for part in parts])
