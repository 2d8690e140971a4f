"""The two statements that read a page of a list: one for each kind of list, and one that reads images by their ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)

from adapters.sql.schema.image_rows import IMAGES_WITH_VARIANTS
from adapters.sql.schema.tables import Folded, image_counts, images
from domain.model.images.page import Direction, Ordering, SortKey

SORTED_BY: Mapping[SortKey, ColumnElement[int] | ColumnElement[str]] = {
    SortKey.CREATED_AT: images.c.created_at,
    SortKey.NAME: images.c.folded_name,
    SortKey.SIZE: images.c.size,
}


def _number(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=BigInteger)


CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "type": images.c.format == bindparam("type"),
    "search": or_(
        *(
            column.like(bindparam("search", type_=Folded), escape="!")
            for column in (images.c.folded_name, images.c.folded_sent_name)
        )
    ),
    "tag": images.c.tags.like(bindparam("tag", type_=String), escape="!"),
    "public": case((images.c.slug.is_(None), literal_column("0")), else_=literal_column("1")) == _number("public"),
    "created_after": images.c.created_at >= _number("created_after"),
    "created_before": images.c.created_at < _number("created_before"),
    "min_width": images.c.width >= _number("min_width"),
    "max_width": images.c.width <= _number("max_width"),
    "min_height": images.c.height >= _number("min_height"),
    "max_height": images.c.height <= _number("max_height"),
    "min_size": images.c.size >= _number("min_size"),
    "max_size": images.c.size <= _number("max_size"),
    "uploaded_sha256": images.c.upload_digest == bindparam("uploaded_sha256", type_=String),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What the lists that share a statement have in common. ``direction`` is the cursor's, or None without a cursor."""

    ordering: Ordering
    direction: Direction | None
    conditions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Statement:
    """``names``: those of its parameters, in the order in which they are bound."""

    text: str
    names: tuple[str, ...]


def stamps_query(kind: Kind, dialect: Dialect) -> Statement:
    """The id, version and sort value of each image on a page, and of the next image after it, in the list's order.

    Each row begins with the length of the whole list, and whether there are images on the other side of the cursor. If
    there is no image, there is one row with these two values, followed by nulls.
    """
    column, goes_back = SORTED_BY[kind.ordering.key], kind.direction is Direction.BACK
    meant = and_(images.c.owner_id == _number("user"), *(CONDITIONS[name] for name in sorted(kind.conditions)))
    ahead, behind = _sides_of_the_cursor(kind, column)
    window = (
        select(images.c.id)
        .where(meant, ahead)
        .order_by(*_sorted(column, goes_up=kind.ordering.is_descending is goes_back))
        .limit(_number("limit"))
        .offset(_number("offset"))
        .subquery("window")
    )
    total = _counted(meant, is_filtered=bool(kind.conditions))
    heading = select(total.label("total"), exists().where(meant, behind).label("behind")).subquery("heading")
    stamps = select(*heading.c, images.c.id, images.c.version, column).select_from(
        heading.outerjoin(window, true()).outerjoin(images, images.c.id == window.c.id)
    )
    return _compiled(stamps.order_by(*_sorted(column, goes_up=not kind.ordering.is_descending)), dialect)


def images_query(number: int, dialect: Dialect) -> Statement:
    """The images with ``number`` ids: a row for each variant, those of an image together."""
    meant = images.c.id.in_([_number(f"id{each}") for each in range(number)])
    return _compiled(IMAGES_WITH_VARIANTS.where(meant), dialect)


def _sides_of_the_cursor(kind: Kind, column: ColumnElement[Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Conditions for the images in the direction of the cursor, and for the others; all and none without a cursor."""
    if kind.direction is None:
        return true(), false()
    place = tuple_(column, images.c.id)
    mark = tuple_(bindparam("value", type_=column.type), _number("id"))
    if kind.ordering.is_descending is (kind.direction is Direction.BACK):
        return place > mark, place <= mark
    return place < mark, place >= mark


def _counted(meant: ColumnElement[bool], *, is_filtered: bool) -> ColumnElement[int]:
    if is_filtered:
        return select(func.count()).select_from(images).where(meant).scalar_subquery()
    counted = select(image_counts.c.images).where(image_counts.c.owner_id == _number("user"))
    return func.coalesce(counted.scalar_subquery(), literal_column("0"))


def _sorted(column: ColumnElement[Any], *, goes_up: bool) -> Sequence[ColumnElement[Any]]:
    return (column.asc(), images.c.id.asc()) if goes_up else (column.desc(), images.c.id.desc())


def _compiled(query: Select[Any], dialect: Dialect) -> Statement:
    compiled = query.compile(dialect=dialect)
    return Statement(str(compiled), tuple(compiled.positiontup or ()))
