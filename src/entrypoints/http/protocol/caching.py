"""What caches are told of answers: the browser's, and those between it and us."""

from datetime import datetime

from litestar.datastructures import CacheControlHeader

from entrypoints.http.protocol.answers import Headers

ASKER = ((b"cache-control", b"private, no-cache"), (b"vary", b"Authorization"))
"""For what a token opens: only who showed it may keep it, and asks before it is shown again, since tokens are revoked."""

NOBODY = ((b"cache-control", b"no-store"),)
"""For what is true at this moment only."""

ANYBODY_A_WHILE = CacheControlHeader(max_age=300)
"""For what is the same for all, and changes with the version of the service."""


def holder_of_link(expires_at: datetime, at: datetime) -> Headers:
    """For what a link opens, whoever asks: the bytes never change, and nobody is to show them when its time is over."""
    seconds = max(0, int((expires_at - at).total_seconds()))
    return [(b"cache-control", b"max-age=%d, proxy-revalidate, immutable" % seconds)]
