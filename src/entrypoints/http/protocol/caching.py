"""Cache headers of responses, for browsers and for proxies."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from litestar.datastructures import CacheControlHeader

from entrypoints.http.protocol.answers import Headers

PRIVATE = ((b"cache-control", b"private, no-cache"), (b"vary", b"Authorization"))
"""For responses to a token: only this client may store them, and it must revalidate, because tokens can be revoked."""

NOT_STORED = ((b"cache-control", b"no-store"),)
"""For responses that no cache may store."""

CHECKED = ((b"cache-control", b"public, no-cache"),)
"""For public images at a URL that stays when their bytes change: any cache may store them, and must revalidate."""

A_YEAR = timedelta(days=365)  # as long as caches keep anything

PUBLIC = CacheControlHeader(max_age=300)
"""For responses that are the same for all clients and change only with the version of the service."""


def varying_by(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> Headers:
    """``headers`` which tell caches that the response depends on this header of the request too."""
    rest: Headers = []
    names: list[bytes] = []  # in one header: nginx before 1.23 passes on only the first of several
    for found, value in headers:
        if found == b"vary":
            names.append(value)
        else:
            rest.append((found, value))
    return [*rest, (b"vary", b", ".join([*names, name]))]


def until_image_expires(expires_at: datetime | None, at: datetime) -> Headers:
    """For public images at a URL of these very bytes: any cache may store them for a year, or until the image expires."""
    left = A_YEAR if expires_at is None else min(A_YEAR, max(timedelta(), expires_at - at))
    return [(b"cache-control", b"public, max-age=%d, immutable" % int(left.total_seconds()))]


def until_link_expires(expires_at: datetime, at: datetime) -> Headers:
    """For responses to a link: any cache may store the bytes, which never change, until the link expires."""
    seconds = max(0, int((expires_at - at).total_seconds()))
    return [(b"cache-control", b"max-age=%d, proxy-revalidate, immutable" % seconds)]
