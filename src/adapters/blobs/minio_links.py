"""Links that the store itself answers: signed here, without asking it, for the address that others reach it under."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

from adapters.blobs.minio import object_name
from adapters.blobs.minio_bucket import MinioBucket
from domain.model.blob import BlobKey
from domain.ports.blobs import BlobLinks, Linked

REMEMBERED = 8192  # links
LONGEST = 7 * 24 * 3600  # seconds that S3 lets a signed URL live


class MinioLinks(BlobLinks):
    """Presigned GET requests (AWS Signature Version 4, in the query).

    The date that is signed moves in windows as long as the lifetime, and a link is good for two of them: so it lives
    for one to two lifetimes, and every link to the same bytes made within a window is the same.
    """

    def __init__(self, bucket: MinioBucket, lifetime: int) -> None:
        """``lifetime``: the least, in seconds; at most half of ``LONGEST``."""
        self._client = bucket.signer()
        self._bucket = bucket.bucket
        self._lifetime = lifetime
        self._signed = lru_cache(REMEMBERED)(self._sign)  # a link is the same throughout its window

    def sign(self, target: Linked, at: datetime) -> str:
        window = int(at.timestamp()) // self._lifetime * self._lifetime
        return self._signed(target.key, target.file_name, target.format.media_type, window)

    def longest_lifetime(self) -> float:
        return 2.0 * self._lifetime

    def _sign(self, key: BlobKey, file_name: str, media_type: str, window: int) -> str:
        lasting = timedelta(seconds=2 * self._lifetime)
        return self._client.get_presigned_url(
            "GET",
            self._bucket,
            object_name(key),
            lasting,
            response_headers={
                "response-cache-control": f"max-age={int(lasting.total_seconds())}, proxy-revalidate, immutable",
                "response-content-disposition": f"inline; filename*=UTF-8''{quote(file_name, safe='')}",
                "response-content-type": media_type,
            },
            request_date=datetime.fromtimestamp(window, UTC),
        )
