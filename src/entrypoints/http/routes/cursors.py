"""Cursors as text: the position of a page in the URLs of a list."""

from urllib.parse import urlencode

from litestar.types import HTTPScope

from domain.model.images.image import Image
from domain.model.images.naming import is_storable, whole_number
from domain.model.images.page import Cursor, Direction, Page, PageRequest, Place, SortKey
from entrypoints.http.protocol.errors import InvalidCursor
from entrypoints.http.protocol.queries import query_of

LONGEST_CURSOR = 1000  # characters
LETTERS = {Direction.ONWARD: "o", Direction.BACK: "b"}
DIRECTIONS = {letter: direction for direction, letter in LETTERS.items()}


def cursor_text(cursor: Cursor) -> str:
    """``cursor`` as ``parse_cursor`` reads it."""
    return f"{LETTERS[cursor.direction]}{cursor.place.id}.{cursor.place.value}"


def parse_cursor(text: str, key: SortKey) -> Cursor:
    """The cursor that ``cursor_text`` wrote as ``text``, in a list that is sorted by ``key``.

    Raises:
        InvalidCursor: it did not write this text.
    """
    direction = DIRECTIONS.get(text[:1])
    number, _, value = text[1:].partition(".")
    if direction is None or len(text) > LONGEST_CURSOR:
        raise InvalidCursor
    id = whole_number(number)
    place = (value if is_storable(value) else None) if key is SortKey.NAME else whole_number(value)
    if id is None or place is None:
        raise InvalidCursor
    return Cursor(direction, Place(place, id))


def page_links(scope: HTTPScope, address: str, page: Page[Image], asked: PageRequest) -> tuple[str | None, str | None]:
    """The URLs of the next and the previous page; None where there is none."""
    kept = [(name, value) for name, value in query_of(scope) if name not in ("limit", "offset", "cursor")]

    def link(name: str, place: object) -> str:
        return f"{address}/image/?{urlencode([(name, str(place)), ('limit', str(asked.limit)), *kept])}"

    following = link("cursor", cursor_text(page.onward)) if page.onward else None
    previous = link("cursor", cursor_text(page.back)) if page.back else None
    if asked.cursor is None and 0 < page.count <= asked.offset:  # an offset beyond the end, where there is no cursor
        previous = link("offset", max(0, page.count - asked.limit))
    return following, previous
