"""Entity tags and dates that distinguish the states of an image (RFC 9110, section 8.8)."""

from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import blake2b, sha256

from domain.model.images.image import Image
from domain.model.storage.blob import Digest

STATE_MARK = "-"
CACHED_DATES = 4096


def content_tag(digest: Digest) -> str:
    """The strong tag of an image's bytes."""
    return f'"{digest}"'


def object_tag(image: Image, urls: str) -> str:
    """The strong tag of an image object: it changes with the bytes, the variants, the details and the ``urls`` in it.

    It begins with the digest of the bytes, so that a change can use it in If-Match like the tag of the bytes.
    """
    links = blake2b(urls.encode(), digest_size=6).hexdigest()
    return f'"{image.original.facts.digest}{STATE_MARK}{image.version}.{links}"'


def digest_of(tag: str) -> Digest:
    """The digest in either kind of tag, given without its quotes."""
    return Digest(tag.partition(STATE_MARK)[0])


def body_tag(body: bytes) -> str:
    """The strong tag of a response that is identified by its body alone."""
    return f'"{sha256(body).hexdigest()[:32]}"'  # processors have instructions for it: half the time of blake2b


@lru_cache(CACHED_DATES)
def http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)
