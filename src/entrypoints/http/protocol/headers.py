"""Request headers, read from the ASGI scope."""

from litestar.types import HTTPScope


def header(scope: HTTPScope, name: bytes) -> str | None:
    """The first header of this name (lower case). Litestar's own look-up would first build a mapping of all headers."""
    for found, value in scope["headers"]:
        if found == name:
            return value.decode("latin-1")
    return None


def has_one_host(scope: HTTPScope) -> bool:
    """Whether the request has exactly one Host header, and it is not empty. HTTP/1.0 needs none."""
    hosts = [value for found, value in scope["headers"] if found == b"host"]
    # Granian adds an empty one where there is none, and writes the version 1.0 as 1.
    return hosts[1:] == [] and (hosts[:1] not in ([], [b""]) or scope["http_version"] in ("1", "1.0"))
