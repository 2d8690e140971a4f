"""Lists of pictures: one statement for a page, its neighbours and the length of the list.

The statement is written with SQLAlchemy once for each kind of list, and run by the bare driver: one way to its thread and
back, where SQLAlchemy's connections take four for each of the two statements and the transaction around them.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    select,
    true,
    tuple_,
)

from adapters.sql.drivers import Driver
from adapters.sql.rows import IMAGE_COLUMNS, VARIANT_COLUMNS, Row, image_from, micros
from adapters.sql.tables import Folded, image_counts, images, variants
from domain.errors import DatabaseUnavailable
from domain.model.image import Image
from domain.model.media import ImageFormat
from domain.model.naming import folded
from domain.model.page import Cursor, Direction, Ordering, Page, PageRequest, Place, SortKey
from domain.model.user import UserId
from domain.ports.catalogue import Catalogue

STATEMENTS = 256  # kinds of lists whose statements are kept
PATIENCE = 10.0  # seconds to wait for the turn
HEADING_WIDTH = 2

SORTED_BY: Mapping[SortKey, ColumnElement[int] | ColumnElement[str]] = {
    SortKey.CREATED_AT: images.c.created_at,
    SortKey.NAME: images.c.folded_name,
    SortKey.SIZE: images.c.size,
}


def _number(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=BigInteger)


CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "type": images.c.format == bindparam("type"),
    "search": images.c.folded_name.like(bindparam("search", type_=Folded), escape="!"),
    "created_after": images.c.created_at >= _number("created_after"),
    "created_before": images.c.created_at < _number("created_before"),
    "min_width": images.c.width >= _number("min_width"),
    "max_width": images.c.width <= _number("max_width"),
    "min_height": images.c.height >= _number("min_height"),
    "max_height": images.c.height <= _number("max_height"),
    "min_size": images.c.size >= _number("min_size"),
    "max_size": images.c.size <= _number("max_size"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What lists have in common that one statement serves."""

    ordering: Ordering
    direction: Direction | None
    conditions: frozenset[str]


class SqlCatalogue(Catalogue):
    """Each of ``drivers`` does one list at a time, so that a slow one leaves room for others."""

    def __init__(self, drivers: Sequence[Driver]) -> None:
        self._drivers = tuple(drivers)
        self._idle = list(drivers)
        self._turns = asyncio.Semaphore(len(drivers))
        self._compiled = lru_cache(STATEMENTS)(self._compile)

    async def page(self, owner: UserId, request: PageRequest) -> Page[Image]:
        cursor, conditions = request.cursor, request.filter.conditions
        kind = Kind(request.ordering, cursor.direction if cursor else None, frozenset(conditions))
        values: dict[str, object] = {
            **{name: _bound(value) for name, value in conditions.items()},
            "owner": owner,
            "limit": request.limit + 1,
            "offset": request.offset,
        }
        if cursor is not None:
            values |= {"value": cursor.place.value, "id": cursor.place.id}
        statement, names = self._compiled(kind)
        rows = await self._fetch(statement, [values[name] for name in names])
        total, is_any_behind = rows[0][:HEADING_WIDTH]
        pictured = groupby((row[HEADING_WIDTH:] for row in rows), key=lambda row: row[0])
        found = [image_from(list(group)) for id, group in pictured if id is not None]
        return _page(found, total, request, is_any_behind=bool(is_any_behind))

    async def close(self) -> None:
        for driver in self._drivers:
            await driver.close()

    async def _fetch(self, statement: str, values: Sequence[object]) -> Sequence[Row]:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turns.acquire()
        except TimeoutError as error:
            raise DatabaseUnavailable("too many lists are waiting") from error
        driver = self._idle.pop()
        try:
            return await driver.fetch(statement, *values)
        finally:
            self._idle.append(driver)
            self._turns.release()

    def _compile(self, kind: Kind) -> tuple[str, tuple[str, ...]]:
        """The statement for such lists, and the names of its parameters in the order in which they are bound."""
        query = _page_query(kind).compile(dialect=self._drivers[0].dialect)
        return str(query), tuple(query.positiontup or ())


def _page_query(kind: Kind) -> Select[tuple[object, ...]]:
    """A row for each variant on the page and the one picture beyond it; each begins with the heading, which is there
    even if no picture is: the length of the whole list, and whether anything lies where a cursor comes from.
    """
    column, goes_back = SORTED_BY[kind.ordering.key], kind.direction is Direction.BACK
    place = tuple_(column, images.c.id)
    mark = tuple_(bindparam("value", type_=column.type), _number("id"))
    meant = and_(images.c.owner_id == _number("owner"), *(CONDITIONS[name] for name in sorted(kind.conditions)))
    goes_up = kind.ordering.is_descending is goes_back
    ahead: ColumnElement[bool] = true()
    behind: ColumnElement[bool] = false()
    if kind.direction is not None:
        ahead, behind = (place > mark, place <= mark) if goes_up else (place < mark, place >= mark)
        behind = exists().where(meant, behind)
    window = (
        select(images.c.id)
        .where(meant, ahead)
        .order_by(*_sorted(column, goes_up=goes_up))
        .limit(_number("limit"))
        .offset(_number("offset"))
        .subquery("window")
    )
    if kind.conditions:
        total: ColumnElement[int] = select(func.count()).select_from(images).where(meant).scalar_subquery()
    else:
        counted = select(image_counts.c.images).where(image_counts.c.owner_id == _number("owner"))
        total = func.coalesce(counted.scalar_subquery(), literal_column("0"))
    heading = select(total.label("total"), behind.label("behind")).subquery("heading")
    return (
        select(heading.c.total, heading.c.behind, *IMAGE_COLUMNS, *VARIANT_COLUMNS)
        .select_from(
            heading.outerjoin(window, true())
            .outerjoin(images, images.c.id == window.c.id)
            .outerjoin(variants, variants.c.image_id == images.c.id)
        )
        .order_by(*_sorted(column, goes_up=not kind.ordering.is_descending), variants.c.name)
    )


def _sorted(column: ColumnElement[Any], *, goes_up: bool) -> Sequence[ColumnElement[Any]]:
    return (column.asc(), images.c.id.asc()) if goes_up else (column.desc(), images.c.id.desc())


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
