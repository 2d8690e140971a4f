"""Lists of pictures: one statement to find out which they are, and one to read those that are not known yet.

To read a page of pictures and make entities of them takes ten times as long as to find out which they are. The statements
are run by the bare driver: one way to its thread and back, where SQLAlchemy's connections take four for each of them.
"""

import asyncio
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from adapters.sql.reads.drivers import Driver
from adapters.sql.reads.image_cache import REMEMBERED, ImageCache
from adapters.sql.reads.page_queries import Kind, Statement, pictures_query, stamps_query
from adapters.sql.schema.rows import Row, image_from, micros
from domain.errors import DatabaseUnavailable
from domain.model.access.user import UserId
from domain.model.images.image import Image
from domain.model.images.naming import ImageId, folded
from domain.model.images.page import LARGEST_LIMIT, Cursor, Direction, Page, PageRequest, Place
from domain.model.pixels.media import ImageFormat
from domain.ports.catalogue import Catalogue

KINDS = 256  # kinds of lists whose statements are kept
PATIENCE = 10.0  # seconds to wait for the turn


class SqlCatalogue(Catalogue):
    """Each of ``drivers`` does one list at a time, so that a slow one leaves room for others."""

    def __init__(self, drivers: Sequence[Driver], known: ImageCache) -> None:
        self._drivers = tuple(drivers)
        self._known = known
        self._idle = deque(drivers)
        self._turns = asyncio.Semaphore(len(drivers))
        self._stamps = lru_cache(KINDS)(lambda kind: stamps_query(kind, drivers[0].dialect))
        self._pictures = lru_cache(LARGEST_LIMIT)(lambda number: pictures_query(number, drivers[0].dialect))

    async def page(self, owner: UserId, request: PageRequest) -> Page[Image]:
        cursor, conditions = request.cursor, request.filter.conditions
        values: dict[str, object] = {
            **{name: _bound(value) for name, value in conditions.items()},
            "owner": owner,
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
        # The beginning of a list is asked for over and over; a long walk would push out what others ask for.
        is_kept = request.is_beginning or total <= REMEMBERED
        items = await self._images(stretch.stamps, is_kept=is_kept)
        return Page(items=items, count=total, onward=stretch.onward, back=stretch.back)

    async def _images(self, stamps: Sequence["_Stamp"], *, is_kept: bool) -> Sequence[Image]:
        """The pictures, in this order, without those that were deleted since the stamps were read."""
        found = {each.id: self._known.get(each.id, each.version) for each in stamps}
        unknown = [id for id, image in found.items() if image is None]
        if unknown:
            values = {f"id{number}": id for number, id in enumerate(unknown)}
            rows = await self._fetch(self._pictures(len(unknown)), values)
            for id, group in groupby(rows, key=itemgetter(0)):
                image = found[id] = image_from(list(group))
                if is_kept:
                    self._known.keep(image)
        return [image for image in found.values() if image is not None]

    async def close(self) -> None:
        for driver in self._drivers:
            await driver.close()

    async def _fetch(self, statement: Statement, values: Mapping[str, object]) -> Sequence[Row]:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turns.acquire()
        except TimeoutError as error:
            raise DatabaseUnavailable("too many lists are waiting") from error
        driver = self._idle.popleft()
        try:
            return await driver.fetch(statement.text, *(values[name] for name in statement.names))
        finally:
            self._idle.append(driver)
            self._turns.release()


@dataclass(frozen=True, slots=True)
class _Stamp:
    """A picture in one version, and what its list is sorted by."""

    id: ImageId
    version: int
    value: int | str


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What a page shows of its list, and where it leads."""

    stamps: Sequence[_Stamp]
    onward: Cursor | None
    back: Cursor | None

    @classmethod
    def of(cls, stamps: Sequence[_Stamp], request: PageRequest, *, is_any_behind: bool) -> "_Stretch":
        """Out of what was found for the page: with one more, if there is one, on the side that the reader goes to."""
        cursor, limit = request.cursor, request.limit
        goes_on = len(stamps) > limit
        goes_back = cursor is not None and cursor.direction is Direction.BACK
        shown = stamps[-limit:] if goes_back else stamps[:limit]
        if cursor is None:
            is_any_behind = request.offset > 0
        if cursor is not None and not shown:  # all that lay there was deleted meanwhile
            turned = cursor.turned(request.ordering) if is_any_behind else None
            return cls(shown, turned if goes_back else None, None if goes_back else turned)
        onward, back = (is_any_behind, goes_on) if goes_back else (goes_on, is_any_behind)
        return cls(
            shown,
            onward=Cursor(Direction.ONWARD, Place(shown[-1].value, shown[-1].id)) if shown and onward else None,
            back=Cursor(Direction.BACK, Place(shown[0].value, shown[0].id)) if shown and back else None,
        )


def _bound(value: object) -> object:
    """What a condition compares with, as columns hold it."""
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, ImageFormat):
        return value.value
    if isinstance(value, str):
        return "%" + re.sub("([%_!])", r"!\1", folded(value)) + "%"
    return value
