"""Request headers, read from the ASGI scope."""

from litestar.types import HTTPScope


def header(scope: HTTPScope, name: bytes) -> str | None:
    """The first header of this name (lower case). Litestar's own look-up would first build a mapping of all headers."""
    for found, value in scope["headers"]:
        if found == name:
            return value.decode("latin-1")
    return None
