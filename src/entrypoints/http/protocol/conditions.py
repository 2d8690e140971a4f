"""The conditions that requests put on what they ask for or change (RFC 9110, section 13)."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from litestar.types import HTTPScope

from domain.errors import PreconditionFailed
from domain.model.images.image import Precondition, settled_at
from entrypoints.http.protocol.etags import digest_of

NAMES = frozenset({b"if-match", b"if-unmodified-since", b"if-none-match", b"if-modified-since", b"if-range"})
TAG = re.compile(r'(W/)?"([^"]*)"')
# The three forms of HTTP (section 5.6.7); what is none of them is no condition.
DATE = re.compile(
    r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
    r"|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT"
    r"|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}",
    re.ASCII,
)


class Conditions:
    """Those of one request. Moments count when they are settled, as they are told."""

    def __init__(self, scope: HTTPScope) -> None:
        self._stated: dict[bytes, str] = {}
        for name, value in scope["headers"]:
            if name in NAMES:
                text = value.decode("latin-1")
                self._stated[name] = f"{self._stated[name]}, {text}" if name in self._stated else text

    def demand(self, tag: str, modified_at: datetime | None) -> None:
        """Return if what is there is what the client wants: by tag if it names any, or else by time.

        Raises:
            PreconditionFailed: it is not.
        """
        wanted = self._stated.get(b"if-match")
        if wanted is not None:
            if wanted.strip() != "*" and ("", tag.strip('"')) not in TAG.findall(wanted):
                raise PreconditionFailed
            return
        latest = self._moment(b"if-unmodified-since")
        if latest is not None and modified_at is not None and settled_at(modified_at) > latest:
            raise PreconditionFailed

    def is_held(self, tag: str, modified_at: datetime | None) -> bool:
        """Whether the client has this very representation already, so that 304 is the answer."""
        held = self._stated.get(b"if-none-match")
        if held is not None:
            return held == tag or held.strip() == "*" or any(f'"{text}"' == tag for _, text in TAG.findall(held))
        since = self._moment(b"if-modified-since")
        return since is not None and modified_at is not None and settled_at(modified_at) <= since

    def lets_part(self, tag: str, modified_at: datetime) -> bool:
        """Whether If-Range lets a range be answered with a part of these bytes."""
        stated = self._stated.get(b"if-range")
        if stated is None:
            return True
        if stated.startswith('"'):
            return stated == tag
        return self._moment(b"if-range") == settled_at(modified_at)

    @property
    def are_about_these_bytes(self) -> bool:
        """Whether the answer hangs on tag or time of bytes in a way that only we can judge: elsewhere they have others."""
        return not self._stated.keys().isdisjoint({b"if-match", b"if-unmodified-since", b"if-range"})

    def on_change(self) -> Precondition:
        """What a change demands the picture to be. A weak tag never is the one wanted, but may be one not wanted."""
        wanted, unwanted = self._stated.get(b"if-match"), self._stated.get(b"if-none-match", "")
        others_than = (
            None if unwanted.strip() == "*" else frozenset(digest_of(text) for _, text in TAG.findall(unwanted))
        )
        if wanted is None:
            return Precondition(None, others_than, self._moment(b"if-unmodified-since"))
        if wanted.strip() == "*":
            return Precondition(None, others_than)
        return Precondition(frozenset(digest_of(text) for weak, text in TAG.findall(wanted) if not weak), others_than)

    def _moment(self, name: bytes) -> datetime | None:
        text = self._stated.get(name)
        try:
            parsed = parsedate_to_datetime(text) if text and DATE.fullmatch(text.strip()) else None
        except (ValueError, OverflowError):
            return None
        return parsed.replace(tzinfo=UTC) if parsed is not None and parsed.tzinfo is None else parsed
