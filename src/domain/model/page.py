"""Lists, newest first, cut into pages that stay right while pictures come and go."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from domain.errors import InvalidCursor

DEFAULT_LIMIT = 10
LARGEST_LIMIT = 100
LARGEST_NUMBER = 2**63 - 1

Item = TypeVar("Item")


class Direction(StrEnum):
    OLDER = "o"
    NEWER = "n"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list: the pictures ``direction`` than number ``id``, nearest first."""

    direction: Direction
    id: int

    def __str__(self) -> str:
        return f"{self.direction.value}{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """The cursor that ``str()`` wrote.

        Raises:
            InvalidCursor: it was not written so.
        """
        digits = text[1:]
        if text[:1] not in tuple(Direction) or not (digits.isascii() and digits.isdecimal() and len(digits) < 20):
            raise InvalidCursor
        number = int(digits)
        if number > LARGEST_NUMBER:
            raise InvalidCursor
        return cls(Direction(text[0]), number)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """At most ``limit`` pictures, from ``cursor`` on, or else after skipping the ``offset`` newest."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """A stretch of the list, newest first. ``count`` is the length of the whole list.

    ``older`` and ``newer`` lead on from here; None where there is nothing further.
    """

    items: Sequence[Item]
    count: int
    older: Cursor | None = None
    newer: Cursor | None = None
