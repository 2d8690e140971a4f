"""The headers of a request, as the server hands them over."""

from litestar.types import HTTPScope


def header(scope: HTTPScope, name: bytes) -> str | None:
    """The first header of this name (in lower case); Litestar would make a mapping of them all first."""
    for found, value in scope["headers"]:
        if found == name:
            return value.decode("latin-1")
    return None
