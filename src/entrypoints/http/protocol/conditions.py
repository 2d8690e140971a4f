"""Conditional requests (RFC 9110, section 13)."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from litestar.types import HTTPScope

from domain.errors import PreconditionFailed
from domain.model.images.image import Precondition, settled_at
from entrypoints.http.protocol.etags import digest_of

NAMES = frozenset({b"if-match", b"if-unmodified-since", b"if-none-match", b"if-modified-since", b"if-range"})
TAG = re.compile(r'(W/)?"([^"]*)"')
# The three date formats of HTTP (RFC 9110, section 5.6.7). A header in another format is ignored.
DATE = re.compile(
    r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
    r"|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT"
    r"|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}",
    re.ASCII,
)


class Conditions:
    """The conditions of one request. Times are compared as Last-Modified reports them: see ``settled_at``.

    ``is_chosen``: the client chose this representation from two that differ in their times. Then only the time of this one
    will do, where a later one would too.
    """

    def __init__(self, scope: HTTPScope, *, is_chosen: bool = False) -> None:
        self._is_chosen = is_chosen
        self._stated: dict[bytes, str] = {}
        for name, value in scope["headers"]:
            if name in NAMES:
                text = value.decode("latin-1")
                self._stated[name] = f"{self._stated[name]}, {text}" if name in self._stated else text

    def demand(self, tag: str, modified_at: datetime | None) -> None:
        """Check If-Match, or If-Unmodified-Since if there is no If-Match.

        Raises:
            PreconditionFailed: the condition does not hold.
        """
        wanted = self._stated.get(b"if-match")
        if wanted is not None:
            if wanted.strip() != "*" and ("", tag.strip('"')) not in TAG.findall(wanted):
                raise PreconditionFailed
            return
        latest = self._moment(b"if-unmodified-since")
        if latest is not None and modified_at is not None and not self._is_unchanged(modified_at, latest):
            raise PreconditionFailed

    def is_held(self, tag: str, modified_at: datetime | None) -> bool:
        """Whether the client already has this representation, so that 304 is the response."""
        held = self._stated.get(b"if-none-match")
        if held is not None:
            return held == tag or held.strip() == "*" or any(f'"{text}"' == tag for _, text in TAG.findall(held))
        since = self._moment(b"if-modified-since")
        return since is not None and modified_at is not None and self._is_unchanged(modified_at, since)

    def lets_part(self, tag: str, modified_at: datetime) -> bool:
        """Whether If-Range allows a partial response from these bytes."""
        stated = self._stated.get(b"if-range")
        if stated is None:
            return True
        if stated.startswith('"'):
            return stated == tag
        return self._moment(b"if-range") == settled_at(modified_at)

    @property
    def are_about_these_bytes(self) -> bool:
        """Whether a condition needs Calotype's own tag or time: the S3 store and nginx use others for the same bytes."""
        return not self._stated.keys().isdisjoint({b"if-match", b"if-unmodified-since", b"if-range"})

    def on_change(self) -> Precondition:
        """What a change requires of the image. A weak tag never satisfies If-Match, but does count for If-None-Match."""
        wanted, unwanted = self._stated.get(b"if-match"), self._stated.get(b"if-none-match", "")
        others_than = (
            None if unwanted.strip() == "*" else frozenset(digest_of(text) for _, text in TAG.findall(unwanted))
        )
        if wanted is None:
            return Precondition(None, others_than, self._moment(b"if-unmodified-since"))
        if wanted.strip() == "*":
            return Precondition(None, others_than)
        return Precondition(frozenset(digest_of(text) for weak, text in TAG.findall(wanted) if not weak), others_than)

    def _is_unchanged(self, modified_at: datetime, since: datetime) -> bool:
        settled = settled_at(modified_at)
        return settled == since if self._is_chosen else settled <= since

    def _moment(self, name: bytes) -> datetime | None:
        text = self._stated.get(name)
        try:
            parsed = parsedate_to_datetime(text) if text and DATE.fullmatch(text.strip()) else None
        except (ValueError, OverflowError):
            return None
        return parsed.replace(tzinfo=UTC) if parsed is not None and parsed.tzinfo is None else parsed
