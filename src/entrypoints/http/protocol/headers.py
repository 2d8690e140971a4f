"""Request headers, read from the ASGI scope."""

import re

from litestar.types import HTTPScope

QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)


def header(scope: HTTPScope, name: bytes) -> str | None:
    """The first header of this name (lower case). Litestar's own look-up would first build a mapping of all headers."""
    for found, value in scope["headers"]:
        if found == name:
            return value.decode("latin-1")
    return None


def media_ranges(scope: HTTPScope) -> dict[str, float]:
    """The media ranges in Accept, and how much each is wanted; one that is malformed is left out."""
    found: dict[str, float] = {}
    stated = [value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"]
    for part in ",".join(stated).lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        quality = next((each.removeprefix("q=") for each in parameters if each.startswith("q=")), "1")
        if QUALITY.fullmatch(quality):
            found[name] = max(float(quality), found.get(name, 0))
    return found


def accepts_by_name(scope: HTTPScope, media_type: str) -> bool:
    """Whether Accept names this media type. ``*/*`` and ``image/*`` do not: clients send them that cannot show everything."""
    named = media_type.encode()
    if not any(name == b"accept" and named in value.lower() for name, value in scope["headers"]):
        return False
    return media_ranges(scope).get(media_type, 0) > 0


def has_one_host(scope: HTTPScope) -> bool:
    """Whether the request has exactly one Host header, and it is not empty. HTTP/1.0 needs none."""
    hosts = [value for found, value in scope["headers"] if found == b"host"]
    if len(hosts) == 1 and hosts[0]:
        return True
    # Granian adds an empty one where there is none, and writes the version 1.0 as 1.
    return len(hosts) <= 1 and scope["http_version"] in ("1", "1.0")
