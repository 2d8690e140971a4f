"""Lists, cut into pages that stay right while pictures come and go."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from domain.model.images.image import Image
from domain.model.images.image_filter import ImageFilter
from domain.model.images.naming import LARGEST_NUMBER, folded

DEFAULT_LIMIT = 10
LARGEST_LIMIT = 100
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
    ONWARD = "onward"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A stretch of a list: what lies in ``direction`` from ``place``, nearest first."""

    direction: Direction
    place: Place

    def turned(self, ordering: Ordering) -> "Cursor":
        """The way back, beginning with the picture at ``place`` itself: for whoever finds nothing ahead."""
        goes_back = self.direction is Direction.BACK
        step = 1 if ordering.is_descending is goes_back else -1
        place = Place(self.place.value, self.place.id + step)
        return Cursor(Direction.ONWARD if goes_back else Direction.BACK, place)


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
