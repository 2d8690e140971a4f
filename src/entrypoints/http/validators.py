"""Entity tags and the conditions that requests put on them (RFC 9110, sections 8.8 and 13)."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from hashlib import blake2b

from litestar.types import HTTPScope

from domain.errors import PreconditionFailed
from domain.model.blob import Digest
from domain.model.image import ANY_STATE, Image, Precondition
from entrypoints.http.headers import header

TAG = re.compile(r'(W/)?"([^"]*)"')
STATE_MARK = "-"
REMEMBERED = 4096  # dates
CONDITIONS = frozenset({b"if-match", b"if-unmodified-since", b"if-none-match", b"if-modified-since"})


def content_tag(digest: Digest) -> str:
    """The strong tag of a picture's bytes."""
    return f'"{digest}"'


def object_tag(image: Image, original_url: str) -> str:
    """The strong tag of a picture's description: it changes with the bytes, the variants, and the links in it.

    It begins with the digest, so it can be given back in If-Match like the tag of the bytes.
    """
    links = blake2b(original_url.encode(), digest_size=6).hexdigest()
    return f'"{image.original.facts.digest}{STATE_MARK}{image.version}.{links}"'


def body_tag(body: bytes) -> str:
    """The strong tag of an answer that is nothing but its bytes."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


@lru_cache(REMEMBERED)
def http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


def precondition(scope: HTTPScope) -> Precondition:
    """What If-Match demands. Weak tags never match, as the standard has it."""
    stated = header(scope, b"if-match")
    if stated is None or stated.strip() == "*":
        return ANY_STATE
    strong = [text for weak, text in TAG.findall(stated) if not weak]
    return Precondition(frozenset(Digest(text.partition(STATE_MARK)[0]) for text in strong))


def is_unchanged(scope: HTTPScope, tag: str, modified_at: datetime | None) -> bool:
    """Whether the client has this very representation already, so that 304 is the answer (RFC 9110, section 13.2.2).

    Raises:
        PreconditionFailed: it is not the one that the client demands.
    """
    stated = {name: value.decode("latin-1") for name, value in scope["headers"] if name in CONDITIONS}
    second = None if modified_at is None else modified_at.replace(microsecond=0)
    demanded = stated.get(b"if-match")
    if demanded is not None:
        if demanded.strip() != "*" and ("", tag.strip('"')) not in TAG.findall(demanded):
            raise PreconditionFailed
    elif (latest := _date(stated.get(b"if-unmodified-since"))) is not None and second is not None and second > latest:
        raise PreconditionFailed
    held = stated.get(b"if-none-match")
    if held is not None:
        return held == tag or held.strip() == "*" or any(f'"{text}"' == tag for _, text in TAG.findall(held))
    since = _date(stated.get(b"if-modified-since"))
    return since is not None and second is not None and second <= since


def range_still_applies(scope: HTTPScope, tag: str, modified_at: datetime) -> bool:
    """Whether If-Range lets a range be answered with a part of these bytes."""
    stated = header(scope, b"if-range")
    if stated is None:
        return True
    if stated.startswith('"'):
        return stated == tag
    return _date(stated) == modified_at.replace(microsecond=0)


def _date(text: str | None) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed is not None and parsed.tzinfo is None else parsed
