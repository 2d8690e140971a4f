"""Byte ranges and cursors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.images.page import Cursor, Direction, Place, SortKey
from domain.model.storage.blob import ByteRange
from entrypoints.http.protocol.errors import InvalidCursor, RangeNotSatisfiable
from entrypoints.http.routes.cursors import cursor_text, parse_cursor
from entrypoints.http.serving.ranges import range_within


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 0, ByteRange(0, 1)),
        (0, 99, ByteRange(0, 10)),
        (3, None, ByteRange(3, 10)),
        (None, 4, ByteRange(6, 10)),
        (None, 99, ByteRange(0, 10)),
    ],
)
def test_a_range_is_cut_to_the_existing_bytes(first: int | None, last: int | None, expected: ByteRange) -> None:
    assert range_within(10, first, last) == expected


@pytest.mark.parametrize(("first", "last"), [(10, None), (10, 20), (None, 0)])
def test_a_range_outside_the_bytes_is_refused_with_their_number(first: int | None, last: int | None) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        range_within(10, first, last)
    assert refused.value.size == 10


NUMBERS = st.integers(0, 2**63 - 1)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=765)


@given(st.sampled_from(Direction), st.sampled_from(SortKey), NUMBERS, NUMBERS, NAMES)
def test_a_cursor_is_read_as_it_was_written(
    direction: Direction, key: SortKey, id: int, number: int, name: str
) -> None:
    cursor = Cursor(direction, Place(name if key is SortKey.NAME else number, id))
    assert parse_cursor(cursor_text(cursor), key) == cursor


@pytest.mark.parametrize(
    "text", ["", "o", "o1", "x1.1", "o-1.1", "o1 .1", "o1.", "o1.x", "o1.1.1", "o\u0661.1", "o1." + "9" * 19, "b1.-5"]
)
def test_a_malformed_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        parse_cursor(text, SortKey.SIZE)


@pytest.mark.parametrize("text", ["oa.jpg", "o1.\0", "o1.\udc80", "o1." + "x" * 1000])
def test_a_cursor_with_an_invalid_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        parse_cursor(text, SortKey.NAME)
