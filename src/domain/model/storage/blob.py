"""Stored bytes: how they are named, and the states in a key's life."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.model.pixels.media import ImageFormat

BlobKey = NewType("BlobKey", str)
"""Where bytes lie in the store: random, write-once, never reused, never derived from content."""

Digest = NewType("Digest", str)
"""SHA-256 in lower-case hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobFacts:
    """What is known of stored bytes without reading them."""

    digest: Digest
    size: int
    media_type: str

    @property
    def format(self) -> ImageFormat:
        return ImageFormat(self.media_type.removeprefix("image/"))


class BlobState(StrEnum):
    """``staged``: bytes may be arriving. ``live``: a picture points here. ``doomed``: the bytes will go."""

    STAGED = "staged"
    LIVE = "live"
    DOOMED = "doomed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobRecord:
    """One line of the ledger. ``since`` is when ``state`` came about; ``facts`` are set once the blob has been live.

    A doomed blob may be read through a link that was given out before, until ``readable_until``.
    """

    key: BlobKey
    state: BlobState
    since: datetime
    staged_at: datetime
    facts: BlobFacts | None = None
    readable_until: datetime | None = None

    def is_needed(self, at: datetime) -> bool:
        """Whether somebody may read the blob, or an image may still come to point to it."""
        return self.state is BlobState.STAGED or self.is_readable(at)

    def is_readable(self, at: datetime) -> bool:
        if self.state is BlobState.DOOMED:
            return self.readable_until is not None and at < self.readable_until
        return self.state is BlobState.LIVE


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``start`` to ``stop``, the latter not included; always within the blob that it was made for."""

    start: int
    stop: int

    @property
    def size(self) -> int:
        return self.stop - self.start
