"""Cursors as text: the position of a page in the URLs of a list."""

from domain.model.images.naming import is_storable, whole_number
from domain.model.images.page import Cursor, Direction, Place, SortKey
from entrypoints.http.protocol.errors import InvalidCursor

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
