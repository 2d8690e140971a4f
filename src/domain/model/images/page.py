"""Lists, cut into pages that stay right while pictures come and go."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from domain.errors import InvalidCursor
from domain.model.images.image import Image
from domain.model.images.image_filter import ImageFilter
from domain.model.images.naming import LARGEST_NUMBER, folded, is_sayable

DEFAULT_LIMIT = 10
LARGEST_LIMIT = 100
LONGEST_CURSOR = 1000  # characters
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Item = TypeVar("Item")


class SortKey(StrEnum):
    CREATED_AT = "created_at"
    NAME = "name"
    SIZE = "size"


class Ordering(StrEnum):
    """In which order a list is shown. Names are compared without regard to case; equals are in order of their numbers."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    NAME = "name"
    NAME_BACKWARDS = "-name"
    SMALLEST = "size"
    LARGEST = "-size"

    @property
    def key(self) -> SortKey:
        return SortKey(self.removeprefix("-"))

    @property
    def is_descending(self) -> bool:
        return self.startswith("-")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a picture stands in a list: by what is sorted by (microseconds since 1970, a folded name, bytes), then number."""

    value: int | str
    id: int

    @classmethod
    def of(cls, image: Image, key: SortKey) -> "Place":
        if key is SortKey.NAME:
            return cls(folded(image.name), image.id)
        if key is SortKey.SIZE:
            return cls(image.original.facts.size, image.id)
        return cls((image.created_at - EPOCH) // timedelta(microseconds=1), image.id)


class Direction(StrEnum):
    ONWARD = "o"
    BACK = "b"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A stretch of a list: what lies in ``direction`` from ``place``, nearest first."""

    direction: Direction
    place: Place

    def __str__(self) -> str:
        return f"{self.direction.value}{self.place.id}.{self.place.value}"

    def turned(self, ordering: Ordering) -> "Cursor":
        """The way back, beginning with the picture at ``place`` itself: for whoever finds nothing ahead."""
        goes_back = self.direction is Direction.BACK
        step = 1 if ordering.is_descending is goes_back else -1
        place = Place(self.place.value, self.place.id + step)
        return Cursor(Direction.ONWARD if goes_back else Direction.BACK, place)

    @classmethod
    def parse(cls, text: str, key: SortKey) -> "Cursor":
        """The cursor that ``str()`` wrote, in a list that is sorted by ``key``.

        Raises:
            InvalidCursor: it was not written so.
        """
        number, _, value = text[1:].partition(".")
        if text[:1] not in tuple(Direction) or len(text) > LONGEST_CURSOR:
            raise InvalidCursor
        id = whole_number(number)
        place = (value if is_sayable(value) else None) if key is SortKey.NAME else whole_number(value)
        if id is None or place is None:
            raise InvalidCursor
        return cls(Direction(text[0]), Place(place, id))


def whole_number(text: str) -> int | None:
    """The number that ``text`` writes in plain digits, if databases can hold it."""
    is_one = text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= LARGEST_NUMBER
    return int(text) if is_one else None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """At most ``limit`` of the pictures that ``filter`` lets through, from ``cursor`` on, or else after skipping ``offset``."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    cursor: Cursor | None = None
    ordering: Ordering = Ordering.NEWEST
    filter: ImageFilter = field(default_factory=ImageFilter)

    @property
    def is_beginning(self) -> bool:
        """Whether the list is asked for from its beginning, which is looked at over and over; the rest is walked through."""
        return self.cursor is None and self.offset == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """A stretch of a list. ``count`` is the length of the whole list.

    ``onward`` and ``back`` lead on from here; None where there is nothing further.
    """

    items: Sequence[Item]
    count: int
    onward: Cursor | None = None
    back: Cursor | None = None
