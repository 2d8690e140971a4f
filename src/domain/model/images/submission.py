"""What a client sent under a key of its own, so that sending it again stores nothing twice."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from domain.model.images.naming import ImageId
from domain.model.storage.blob import Digest

SubmissionKey = NewType("SubmissionKey", str)
Fingerprint = NewType("Fingerprint", str)
"""The SHA-256, in hex, of all that makes two uploads the same."""

REMEMBERED_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IdempotencyMark:
    """What an upload is known by when it comes again."""

    key: SubmissionKey
    fingerprint: Fingerprint

    @classmethod
    def of(cls, key: SubmissionKey, upload: Digest, submitted_name: str) -> "IdempotencyMark":
        return cls(
            key, Fingerprint(hashlib.sha256(f"{upload} {submitted_name}".encode(errors="surrogatepass")).hexdigest())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Which picture an upload became. It outlives its picture, so that the key does not store it anew."""

    key: SubmissionKey
    fingerprint: Fingerprint
    image: ImageId
    at: datetime

    def is_forgotten(self, now: datetime) -> bool:
        return self.at < now - REMEMBERED_FOR
