"""One bucket of an S3-compatible store: how to connect to it, and which domain errors its error codes become."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from minio import Minio
from minio.error import MinioException, S3Error, ServerError
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from domain.errors import (
    BlobDamaged,
    BlobNotFound,
    BlobStoreAccessDenied,
    BlobStoreUnavailable,
    BucketMissing,
    CalotypeError,
    ClocksDiffer,
    StorageFull,
)

CONNECT_DEADLINE, READ_DEADLINE = 3.0, 10.0  # seconds
KEPT_CONNECTIONS = 32
LARGEST_SKEW = timedelta(minutes=15)  # what Amazon S3 accepts between its clock and that of a client
BLOCK_SIZE = 256 * 1024  # bytes sent at once
CODE = re.compile(r"<Code>(\w+)</Code>")

DENIALS = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed"})
FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "EntityTooLarge"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MinioBucket:
    """``endpoint``: address of the store for the service; ``public_endpoint``: for browsers, empty if it is the same.

    Each is HOST:PORT or a URL. ``secure``: whether HOST:PORT is reached by HTTPS.
    """

    endpoint: str
    public_endpoint: str
    bucket: str
    access_key: str
    secret_key: str = field(repr=False)
    region: str
    secure: bool

    def client(self, connections: PoolManager) -> Minio:
        """A client for the service itself."""
        return self._client(self.endpoint, connections)

    def signer(self) -> Minio:
        """A client that signs links for browsers. Signing makes no connection."""
        return self._client(self.public_endpoint or self.endpoint, None)

    def _client(self, endpoint: str, connections: PoolManager | None) -> Minio:
        scheme, place = _parted(endpoint)
        return Minio(
            place,
            self.access_key,
            self.secret_key,
            secure=self.secure if not scheme else scheme == "https",
            region=self.region,  # otherwise the SDK requests it from the store first
            http_client=connections,
        )


def _parted(endpoint: str) -> tuple[str, str]:
    """The scheme, or empty text, and the host with its port."""
    if "://" not in endpoint:
        return "", endpoint.rstrip("/")
    parts = urlsplit(endpoint)
    return parts.scheme, parts.netloc


def make_connections() -> PoolManager:
    """A connection pool. A slow reader holds one connection and blocks no other reader."""
    return PoolManager(
        num_pools=4,
        maxsize=KEPT_CONNECTIONS,
        block=False,
        timeout=Timeout(connect=CONNECT_DEADLINE, read=READ_DEADLINE),
        retries=False,  # RemoteCalls decides about repetitions
        blocksize=BLOCK_SIZE,
    )


@contextmanager
def faults() -> Iterator[None]:
    """Turn exceptions of the SDK and of the connection into domain errors."""
    try:
        yield
    except S3Error as error:
        raise meaning(error.code or "") from error
    except ServerError as error:
        raise BlobStoreUnavailable(f"status {error.status_code}") from error
    except MinioException as error:  # an answer that the SDK cannot parse; some stores send such
        raise meaning(_code_in(str(error))) from error
    except HTTPError as error:
        raise BlobStoreUnavailable(type(error).__name__) from error


def check(answer: BaseHTTPResponse) -> None:
    """Return if an answer that did not come through the SDK reports success.

    Raises:
        BlobNotFound, BlobStoreUnavailable, StorageFull: it reports an error.
    """
    if answer.status >= 300:
        raise meaning(_code_in(answer.data.decode(errors="replace")) or f"status {answer.status}")


def check_clock(answer: BaseHTTPResponse, now: datetime) -> None:
    """Return if the store's clock and ours agree, as far as an answer that arrived ``now`` tells. Some stores accept requests
    that are hours off, but their links would then expire at the wrong time.

    Raises:
        ClocksDiffer: they are more than ``LARGEST_SKEW`` apart.
    """
    try:
        sent = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return
    skew = now - sent.replace(tzinfo=sent.tzinfo or UTC)
    if abs(skew) > LARGEST_SKEW:
        raise ClocksDiffer(f"{abs(skew).total_seconds():.0f} seconds")


def meaning(code: str) -> CalotypeError:
    """The domain error for an error code of S3."""
    if code == "NoSuchKey":
        return BlobNotFound()
    if code == "InvalidRange":  # the blob ends before the range begins
        return BlobDamaged(code)
    if code == "NoSuchBucket":
        return BucketMissing(code)
    if code in DENIALS:
        return BlobStoreAccessDenied(code)
    if code == "RequestTimeTooSkewed":
        return ClocksDiffer(code)
    return StorageFull() if code in FULL else BlobStoreUnavailable(code or "an answer without an error code")


def _code_in(text: str) -> str:
    found = CODE.search(text)
    return found.group(1) if found else ""
