"""The query parameters of a list.

Unknown parameters, and a ``limit`` or ``offset`` that is not a number, are ignored, as in the systems that Calotype replaces, and the
response names them.
Filters are newer than the clients of those systems, so an invalid filter is an error.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from domain.errors import InvalidValue
from domain.model.images.details import LONGEST_TAG, Tag, normal_tag
from domain.model.images.image_filter import ImageFilter
from domain.model.images.naming import LARGEST_INTEGER, is_storable, whole_number
from domain.model.images.page import DEFAULT_LIMIT, LARGEST_LIMIT, Ordering, PageRequest
from domain.model.pixels.media import ImageFormat
from domain.model.storage.blob import Digest
from entrypoints.http.ignored import note_ignored
from entrypoints.http.protocol.errors import InvalidParameter
from entrypoints.http.protocol.problems import AnyRequest
from entrypoints.http.protocol.queries import first_values
from entrypoints.http.routes.cursors import parse_cursor

Value = TypeVar("Value")

FORMATS = {alias: format for format in ImageFormat for alias in (*format.extensions, format.value, format.media_type)}
DAY, TIME, OFFSET = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?", r"Z|[+ -]\d\d:?\d\d"
DIGEST = re.compile(r"[0-9a-fA-F]{64}")
MOMENT = re.compile(f"({DAY})(?:[T ]({TIME})({OFFSET})?)?", re.ASCII)
LONGEST_SEARCH = 255  # characters


def page_request(request: AnyRequest) -> PageRequest:
    """The requested page.

    Raises:
        InvalidParameter, InvalidCursor: a parameter has an invalid value.
    """
    query = first_values(request.scope)
    limit, offset = _lenient_number(query.get("limit", "")), _lenient_number(query.get("offset", ""))
    ordering = _ordering(query.get("ordering", ""))
    cursor = query.get("cursor", "")
    if query.get("limit") and not limit:
        note_ignored(request.scope, "limit")
    if query.get("offset") and (offset is None or cursor):
        note_ignored(request.scope, "offset")
    return PageRequest(
        limit=min(limit, LARGEST_LIMIT) if limit else DEFAULT_LIMIT,
        offset=min(offset or 0, LARGEST_INTEGER),
        cursor=parse_cursor(cursor, ordering.key) if cursor else None,
        ordering=ordering,
        filter=ImageFilter(
            type=_stated(query, "type", _format),
            search=_stated(query, "search", _search),
            tag=_stated(query, "tag", _tag),
            public=_stated(query, "public", _truth),
            created_after=_stated(query, "created_after", _moment),
            created_before=_stated(query, "created_before", _moment),
            min_width=_stated(query, "min_width", _bound),
            max_width=_stated(query, "max_width", _bound),
            min_height=_stated(query, "min_height", _bound),
            max_height=_stated(query, "max_height", _bound),
            min_size=_stated(query, "min_size", _bound),
            max_size=_stated(query, "max_size", _bound),
            uploaded_sha256=_stated(query, "uploaded_sha256", _digest),
        ),
    )


def _stated(query: Mapping[str, str], name: str, read: Callable[[str, str], Value]) -> Value | None:
    text = query.get(name, "")
    return read(name, text) if text else None


def _ordering(text: str) -> Ordering:
    try:
        return Ordering(text) if text else Ordering.NEWEST
    except ValueError:
        raise InvalidParameter("ordering", f"one of {', '.join(Ordering)}") from None


def _format(name: str, text: str) -> ImageFormat:
    try:
        return FORMATS[text.lower()]
    except KeyError:
        raise InvalidParameter(name, f"one of {', '.join(ImageFormat)}") from None


def _search(name: str, text: str) -> str:
    if len(text) > LONGEST_SEARCH or not is_storable(text):
        raise InvalidParameter(name, f"part of a name, of at most {LONGEST_SEARCH} characters")
    return text


def _tag(name: str, text: str) -> Tag:
    try:
        return normal_tag(text)
    except InvalidValue:
        raise InvalidParameter(name, f"a tag, of at most {LONGEST_TAG} characters") from None


def _digest(name: str, text: str) -> Digest:
    if not DIGEST.fullmatch(text):
        raise InvalidParameter(name, "a SHA-256 of 64 hexadecimal digits")
    return Digest(text.lower())


def _truth(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise InvalidParameter(name, "true or false")
    return text == "true"


def _moment(name: str, text: str) -> datetime:
    """A time in ISO 8601; UTC unless an offset is given; a date means its start."""
    expected = InvalidParameter(name, "a date or time such as 2026-05-18 or 2026-05-18T18:05:06Z")
    matched = MOMENT.fullmatch(text)
    if matched is None:
        raise expected
    day, time, offset = matched.groups(default="")
    try:
        # A plus sign that was not percent-encoded arrives as a space.
        found = datetime.fromisoformat(f"{day}T{time or '00:00'}{offset.replace(' ', '+') or 'Z'}")
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise expected from None


def _bound(name: str, text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise InvalidParameter(name, f"a whole number from 0 to {LARGEST_INTEGER:,}")
    return number


def _lenient_number(text: str) -> int | None:
    """A number as the replaced systems read it: anything that Python's int accepts."""
    try:
        number = int(text)
    except ValueError:
        return None
    return number if number >= 0 else None
