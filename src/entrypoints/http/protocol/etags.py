"""Entity tags and times that tell one state of a picture from another (RFC 9110, section 8.8)."""

from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import blake2b

from domain.model.images.image import Image
from domain.model.storage.blob import Digest

STATE_MARK = "-"
REMEMBERED = 4096  # dates


def content_tag(digest: Digest) -> str:
    """The strong tag of a picture's bytes."""
    return f'"{digest}"'


def object_tag(image: Image, original_url: str) -> str:
    """The strong tag of a picture's description: it changes with the bytes, the variants, and the links in it.

    It begins with the digest, so a change can be guarded with it as with the tag of the bytes.
    """
    links = blake2b(original_url.encode(), digest_size=6).hexdigest()
    return f'"{image.original.facts.digest}{STATE_MARK}{image.version}.{links}"'


def digest_of(tag: str) -> Digest:
    """That of the bytes which either tag, without its quotes, was given out for."""
    return Digest(tag.partition(STATE_MARK)[0])


def body_tag(body: bytes) -> str:
    """The strong tag of an answer that is nothing but its bytes."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


@lru_cache(REMEMBERED)
def http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)
