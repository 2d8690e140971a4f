"""What every structure walker stands on: reading numbers, a bound on the steps, and a file put together anew."""

from collections.abc import Iterable, Iterator
from mmap import mmap
from typing import Literal, TypeAlias, TypeVar

from domain.errors import ImageTooLarge, UndecodableImage
from domain.model.pixels.admission import AdmissionPolicy

Source: TypeAlias = bytes | mmap
"""A whole file. A slice of either is ``bytes``, so that no view outlives a call and keeps a map from being closed."""

Part: TypeAlias = range | bytes
"""A piece of a new file: where it stands in the old one, or bytes of our own. ``len`` is its size either way."""

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
    """The same blocks, as long as they are no more than any picture needs.

    Raises:
        ImageTooLarge: on the first block past ``MOST_BLOCKS``. It is not left to the admission policy, because a walk
            that stops short has not seen every frame, and may not have met the size.
    """
    for count, block in enumerate(blocks, 1):
        if count > MOST_BLOCKS:
            raise ImageTooLarge(measure="blocks of data", actual=count, limit=MOST_BLOCKS)
        yield block


def spliced(data: Source, parts: Iterable[Part]) -> bytes:
    """The parts one after the other; nothing but the result is copied."""
    with memoryview(data) as view:
        return b"".join([view[part.start : part.stop] if isinstance(part, range) else part for part in parts])
