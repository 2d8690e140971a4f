"""Uploads that clients gave a key, so that an upload that is sent again is not stored twice."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from domain.model.images.naming import ImageId
from domain.model.storage.blob import Digest

SubmissionKey = NewType("SubmissionKey", str)
Fingerprint = NewType("Fingerprint", str)
"""The SHA-256 in hexadecimal of everything that makes two uploads the same."""

REMEMBERED_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IdempotencyMark:
    """What identifies an upload that is sent again."""

    key: SubmissionKey
    fingerprint: Fingerprint

    @classmethod
    def of(cls, key: SubmissionKey, upload: Digest, submitted_name: str) -> "IdempotencyMark":
        return cls(
            key, Fingerprint(hashlib.sha256(f"{upload} {submitted_name}".encode(errors="surrogatepass")).hexdigest())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The image that an upload became. It outlasts the image, so that the key does not store it again."""

    key: SubmissionKey
    fingerprint: Fingerprint
    image: ImageId
    at: datetime

    def is_forgotten(self, now: datetime) -> bool:
        return self.at < now - REMEMBERED_FOR
