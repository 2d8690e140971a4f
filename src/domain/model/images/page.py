"""Pages of a list of images, which stay correct while images are added and removed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from domain.model.images.image import Image
from domain.model.images.image_filter import ImageFilter
from domain.model.images.naming import folded

DEFAULT_LIMIT = 10
LARGEST_LIMIT = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Item = TypeVar("Item")


class SortKey(StrEnum):
    CREATED_AT = "created_at"
    NAME = "name"
    SIZE = "size"


class Ordering(StrEnum):
    """The order of a list. Names are compared without regard to case. Equal images are sorted by id."""

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
    """The position of an image in a list: the value that is sorted by, then the id.

    The value is in microseconds since 1970, a folded name, or a size in bytes.
    """

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
    """A part of a list: the images after ``place`` in ``direction``, the nearest first."""

    direction: Direction
    place: Place

    def turned(self, ordering: Ordering) -> "Cursor":
        """The cursor in the other direction that begins with the image at ``place`` itself.

        It leads back from a cursor that has found no images.
        """
        goes_back = self.direction is Direction.BACK
        step = 1 if ordering.is_descending is goes_back else -1
        place = Place(self.place.value, self.place.id + step)
        return Cursor(Direction.ONWARD if goes_back else Direction.BACK, place)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """At most ``limit`` images that meet ``filter``: those at ``cursor``, or without one, those after the first ``offset``."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    cursor: Cursor | None = None
    ordering: Ordering = Ordering.NEWEST
    filter: ImageFilter = field(default_factory=ImageFilter)

    @property
    def is_beginning(self) -> bool:
        """Whether this is the first page. It is requested much more often than the others."""
        return self.cursor is None and self.offset == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """A part of a list. ``count`` is the length of the whole list.

    ``onward`` and ``back`` lead to the next and the previous page; None where there is none.
    """

    items: Sequence[Item]
    count: int
    onward: Cursor | None = None
    back: Cursor | None = None
