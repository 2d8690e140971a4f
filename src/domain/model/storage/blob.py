"""Blobs: stored bytes, their keys, and the states that a key goes through."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.model.pixels.media import ImageFormat

BlobKey = NewType("BlobKey", str)
"""The name of a blob in the store: random, written once, never reused, never derived from the content."""

Digest = NewType("Digest", str)
"""SHA-256 in lower-case hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobFacts:
    """What the database knows about a blob. ``size`` is in bytes."""

    digest: Digest
    size: int
    media_type: str

    @property
    def format(self) -> ImageFormat:
        return ImageFormat(self.media_type.removeprefix("image/"))


@dataclass(frozen=True, slots=True)
class Alternative:
    """A second blob that shows the same with fewer bytes, for clients that say that they can show its format.

    Both become live together, and are given up together.
    """

    key: BlobKey
    facts: BlobFacts


class BlobState(StrEnum):
    """``staged``: bytes may be on their way. ``live``: an image refers to the blob. ``doomed``: it will be removed."""

    STAGED = "staged"
    LIVE = "live"
    DOOMED = "doomed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobRecord:
    """One row of the ledger. ``since`` is when ``state`` began. ``facts`` and ``alternative`` are set when the blob becomes
    live, and kept.

    Until ``readable_until``, a doomed blob may still be read through links that were given out before.
    """

    key: BlobKey
    state: BlobState
    since: datetime
    staged_at: datetime
    facts: BlobFacts | None = None
    alternative: Alternative | None = None
    readable_until: datetime | None = None

    def is_needed(self, at: datetime) -> bool:
        """Whether the blob may be read, or an image may still come to refer to it."""
        return self.state is BlobState.STAGED or self.is_readable(at)

    def is_readable(self, at: datetime) -> bool:
        if self.state is BlobState.DOOMED:
            return self.readable_until is not None and at < self.readable_until
        return self.state is BlobState.LIVE


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes of a blob from ``start`` up to but not including ``stop``, both within the blob."""

    start: int
    stop: int

    @property
    def size(self) -> int:
        return self.stop - self.start
