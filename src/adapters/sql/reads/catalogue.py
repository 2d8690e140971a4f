"""Lists of images: one statement finds which images are on a page, and one reads those that are not in the cache.

Reading the images of a page and making entities of them takes ten times as long as finding which they are. The statements
go to the bare driver, which sends each to its thread once; SQLAlchemy's connections do so four times for each.
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from adapters.shared.gate import Gate
from adapters.sql.reads.drivers import Driver
from adapters.sql.reads.image_cache import REMEMBERED, ImageCache
from adapters.sql.reads.page_queries import Kind, Statement, images_query, stamps_query
from adapters.sql.reads.shared_reads import SharedReads
from adapters.sql.schema.image_rows import image_from, tags_text
from adapters.sql.schema.moments import micros
from adapters.sql.schema.rows import Row
from domain.errors import DatabaseUnavailable
from domain.model.access.user import UserId
from domain.model.images.details import Tag
from domain.model.images.image import Image
from domain.model.images.naming import ImageId, folded
from domain.model.images.page import LARGEST_LIMIT, Cursor, Direction, Page, PageRequest, Place
from domain.model.pixels.media import ImageFormat
from domain.ports.database.catalogue import Catalogue

KINDS = 256  # kinds of lists whose compiled statements are kept
TURN_DEADLINE = 10.0  # seconds to wait for a driver


class SqlCatalogue(Catalogue):
    """Each of ``drivers`` reads one list at a time, so that a slow list leaves the other drivers to others.

    A list that waits for a driver is read once for all requests for it.
    """

    def __init__(self, drivers: Sequence[Driver], known: ImageCache) -> None:
        self._drivers = tuple(drivers)
        self._known = known
        self._idle = deque(drivers)
        self._reads: SharedReads[tuple[object, ...], Sequence[Row]] = SharedReads(
            Gate(
                len(drivers),
                longest_wait=TURN_DEADLINE,
                refusal=lambda: DatabaseUnavailable("too many lists are waiting"),
            )
        )
        self._stamps = lru_cache(KINDS)(lambda kind: stamps_query(kind, drivers[0].dialect))
        self._images_query = lru_cache(LARGEST_LIMIT)(lambda number: images_query(number, drivers[0].dialect))

    async def page(self, user: UserId, request: PageRequest) -> Page[Image]:
        cursor, conditions = request.cursor, request.filter.conditions
        values: dict[str, object] = {
            **{name: _bound(name, value) for name, value in conditions.items()},
            "user": user,
            "limit": request.limit + 1,
            "offset": 0 if cursor else request.offset,
        }
        if cursor is not None:
            values |= {"value": cursor.place.value, "id": cursor.place.id}
        kind = Kind(request.ordering, cursor.direction if cursor else None, frozenset(conditions))
        rows = await self._fetch(self._stamps(kind), values)
        total, is_any_behind = rows[0][:2]
        stamps = [_Stamp(ImageId(id), version, value) for _, _, id, version, value in rows if id is not None]
        stretch = _Stretch.of(stamps, request, is_any_behind=bool(is_any_behind))
        # The beginning of a list is requested often. A walk through a long list would push that out of the cache.
        is_kept = request.is_beginning or total <= REMEMBERED
        items = await self._images(stretch.stamps, is_kept=is_kept)
        return Page(items=items, count=total, onward=stretch.onward, back=stretch.back)

    async def _images(self, stamps: Sequence["_Stamp"], *, is_kept: bool) -> Sequence[Image]:
        """The images in the order of their stamps, without those deleted since the stamps were read."""
        found = {each.id: self._known.get(each.id, each.version) for each in stamps}
        unknown = [id for id, image in found.items() if image is None]
        if unknown:
            values = {f"id{number}": id for number, id in enumerate(unknown)}
            rows = await self._fetch(self._images_query(len(unknown)), values)
            for id, group in groupby(rows, key=itemgetter(0)):
                image = found[id] = image_from(list(group))
                if is_kept:
                    self._known.keep(image)
        return [image for image in found.values() if image is not None]

    async def close(self) -> None:
        for driver in self._drivers:
            await driver.close()

    async def _fetch(self, statement: Statement, values: Mapping[str, object]) -> Sequence[Row]:
        parameters = tuple(values[name] for name in statement.names)
        return await self._reads.answer((statement.text, *parameters), lambda: self._run(statement.text, parameters))

    async def _run(self, statement: str, parameters: Sequence[object]) -> Sequence[Row]:
        driver = self._idle.popleft()
        try:
            return await driver.fetch(statement, *parameters)
        finally:
            self._idle.append(driver)


@dataclass(frozen=True, slots=True)
class _Stamp:
    """An image in one version, and the value that its list is sorted by."""

    id: ImageId
    version: int
    value: int | str


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The images on a page, and the cursors to the pages before and after it."""

    stamps: Sequence[_Stamp]
    onward: Cursor | None
    back: Cursor | None

    @classmethod
    def of(cls, stamps: Sequence[_Stamp], request: PageRequest, *, is_any_behind: bool) -> "_Stretch":
        """From the stamps found for the page: one more than the limit, if the list goes on in the direction of the cursor."""
        cursor, limit = request.cursor, request.limit
        goes_on = len(stamps) > limit
        goes_back = cursor is not None and cursor.direction is Direction.BACK
        shown = stamps[-limit:] if goes_back else stamps[:limit]
        if cursor is None:
            is_any_behind = request.offset > 0
        if cursor is not None and not shown:  # all images there were deleted meanwhile
            turned = cursor.turned(request.ordering) if is_any_behind else None
            return cls(shown, turned if goes_back else None, None if goes_back else turned)
        onward, back = (is_any_behind, goes_on) if goes_back else (goes_on, is_any_behind)
        return cls(
            shown,
            onward=Cursor(Direction.ONWARD, Place(shown[-1].value, shown[-1].id)) if shown and onward else None,
            back=Cursor(Direction.BACK, Place(shown[0].value, shown[0].id)) if shown and back else None,
        )


def _bound(name: str, value: object) -> object:
    """The value that the condition of this name compares a column with, as the column holds it."""
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, ImageFormat):
        return value.value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        patterns = {"tag": tags_text((Tag(value),)), "search": folded(value)}
        return _containing(patterns[name]) if name in patterns else value
    return value


def _containing(text: str) -> str:
    """The pattern for LIKE of every text that contains ``text``."""
    return "%" + re.sub("([%_!])", r"!\1", text) + "%"
