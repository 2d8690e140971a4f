"""Limits of the S3 store that settings are checked against, apart from the SDK, which is slow to import."""

from datetime import timedelta

DEADLINE = 20.0  # seconds, for one request and its repetitions
SLOWEST_UPLOAD = 256 * 1024  # bytes per second; a slower upload to the store is given up
LONGEST_LIFETIME = 7 * 24 * 3600  # seconds, of a link: the limit of S3


def longest_put(size: int) -> timedelta:
    """The longest time that a put of this many bytes may take."""
    return timedelta(seconds=DEADLINE + size / SLOWEST_UPLOAD)
