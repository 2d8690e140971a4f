"""The part of a file that a Range header asks for (RFC 9110, section 14)."""

import re

from litestar.types import HTTPScope

from domain.model.storage.blob import ByteRange
from entrypoints.http.protocol.errors import RangeNotSatisfiable
from entrypoints.http.protocol.headers import header

# No space can match two parts of the pattern: a header of many spaces would otherwise take minutes to match.
ONE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


def requested_range(scope: HTTPScope, size: int) -> ByteRange | None:
    """The one range of a file of ``size`` bytes that the request asks for; None where the whole file is the answer.

    Several ranges, or a header that is not understood, may be answered with the whole file.

    Raises:
        RangeNotSatisfiable: nothing of the range lies within the file.
    """
    matched = ONE_RANGE.fullmatch(header(scope, b"range") or "")
    if matched is None or scope["method"] == "HEAD":
        return None
    first, last = (int(text) if text else None for text in matched.groups())
    if (first is None and last is None) or (first is not None and last is not None and first > last):
        return None
    return range_within(size, first, last)


def range_within(size: int, first: int | None, last: int | None) -> ByteRange:
    """``first``-``last`` or ``first``- of ``size`` bytes, both inclusive, or -``last``: the last so many bytes.

    Raises:
        RangeNotSatisfiable: nothing of it lies within ``size`` bytes.
    """
    if first is None:
        suffix = min(last or 0, size)
        start, stop = size - suffix, size
    else:
        start, stop = first, size if last is None else min(last + 1, size)
    if start >= stop:
        raise RangeNotSatisfiable(size)
    return ByteRange(start, stop)
