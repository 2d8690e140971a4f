"""The query of a request."""

from urllib.parse import parse_qsl

from litestar.types import HTTPScope


def query_of(scope: HTTPScope) -> list[tuple[str, str]]:
    """Names and values in their order. Characters may be percent-encoded or raw UTF-8; what is neither is replaced."""
    return parse_qsl(scope["query_string"].decode(errors="replace"), keep_blank_values=True)


def first_values(scope: HTTPScope) -> dict[str, str]:
    """The value of each name. Of a name that is given twice, it is the first."""
    return dict(reversed(query_of(scope)))
