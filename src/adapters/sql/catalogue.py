"""Lists of pictures: one statement to find out which they are, and one to read those that are not known yet.

To read a page of pictures and make entities of them takes ten times as long as to find out which they are. The statements
are run by the bare driver: one way to its thread and back, where SQLAlchemy's connections take four for each of them.
"""

import asyncio
import re
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from adapters.sql.drivers import Driver
from adapters.sql.known_images import REMEMBERED, KnownImages
from adapters.sql.page_queries import Kind, PageQueries, Statement
from adapters.sql.rows import Row, image_from, micros
from domain.errors import DatabaseUnavailable
from domain.model.image import Image
from domain.model.media import ImageFormat
from domain.model.naming import ImageId, folded
from domain.model.page import Cursor, Direction, Page, PageRequest, Place
from domain.model.user import UserId
from domain.ports.catalogue import Catalogue

KINDS = 256  # kinds of lists whose statements are kept
PATIENCE = 10.0  # seconds to wait for the turn


class SqlCatalogue(Catalogue):
    """Each of ``drivers`` does one list at a time, so that a slow one leaves room for others."""

    def __init__(self, drivers: Sequence[Driver], known: KnownImages) -> None:
        self._drivers = tuple(drivers)
        self._known = known
        self._idle = deque(drivers)
        self._turns = asyncio.Semaphore(len(drivers))
        self._queries = lru_cache(KINDS)(lambda kind: PageQueries.of(kind, drivers[0].dialect))

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
        queries = self._queries(Kind(request.ordering, cursor.direction if cursor else None, frozenset(conditions)))
        stamps = await self._fetch(queries.stamps, values)
        total, is_any_behind, first, _ = stamps[0]
        known = [self._known.get(ImageId(id), version) for _, _, id, version in stamps if first is not None]
        found = [image for image in known if image is not None]
        if len(found) < len(known):
            rows = await self._fetch(queries.pictures, values)
            found = [image_from(list(group)) for _, group in groupby(rows, key=itemgetter(0))]
            if request.is_beginning or total <= REMEMBERED:  # a longer walk would push out what others ask for
                for image in found:
                    self._known.keep(image)
        return _page(found, total, request, is_any_behind=bool(is_any_behind))

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


def _page(found: Sequence[Image], total: int, request: PageRequest, *, is_any_behind: bool) -> Page[Image]:
    """The page out of what was found for it: with one more, if there is one, on the side that the reader goes to."""
    cursor, limit = request.cursor, request.limit
    goes_on = len(found) > limit
    goes_back = cursor is not None and cursor.direction is Direction.BACK
    items = found[-limit:] if goes_back else found[:limit]
    if cursor is None:
        is_any_behind = request.offset > 0
    onward, back = (is_any_behind, goes_on) if goes_back else (goes_on, is_any_behind)
    key = request.ordering.key
    return Page(
        items=items,
        count=total,
        onward=Cursor(Direction.ONWARD, Place.of(items[-1], key)) if items and onward else None,
        back=Cursor(Direction.BACK, Place.of(items[0], key)) if items and back else None,
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
