"""One bucket of an S3-compatible store: how it is reached, and what its complaints mean."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from minio import Minio
from minio.error import MinioException, S3Error, ServerError
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from domain.errors import (
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
CODE = re.compile(r"<Code>(\w+)</Code>")

DENIALS = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed"})
FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "EntityTooLarge"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MinioBucket:
    """``endpoint`` is where the service reaches the store and ``public_endpoint`` where others do: host and port."""

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
        """A client for links that others follow; signing makes no connection."""
        return self._client(self.public_endpoint or self.endpoint, None)

    def _client(self, endpoint: str, connections: PoolManager | None) -> Minio:
        scheme, place = _parted(endpoint)
        return Minio(
            place,
            self.access_key,
            self.secret_key,
            secure=self.secure if not scheme else scheme == "https",
            region=self.region,  # without it the SDK asks the store before its first request
            http_client=connections,
        )


def _parted(endpoint: str) -> tuple[str, str]:
    """Scheme, perhaps none, and host with port."""
    if "://" not in endpoint:
        return "", endpoint.rstrip("/")
    parts = urlsplit(endpoint)
    return parts.scheme, parts.netloc


def make_connections() -> PoolManager:
    """Connections that are kept and shared; who reads slowly holds one, and never another's."""
    return PoolManager(
        num_pools=4,
        maxsize=KEPT_CONNECTIONS,
        block=False,
        timeout=Timeout(connect=CONNECT_DEADLINE, read=READ_DEADLINE),
        retries=False,  # one place decides about repetitions
        blocksize=256 * 1024,
    )


@contextmanager
def faults() -> Iterator[None]:
    """Translate what the SDK and the connection complain of, by code."""
    try:
        yield
    except S3Error as error:
        raise meaning(error.code or "") from error
    except ServerError as error:
        raise BlobStoreUnavailable(f"status {error.status_code}") from error
    except MinioException as error:  # an answer in a form that the SDK does not read, of which stores have several
        raise meaning(_code_in(str(error))) from error
    except HTTPError as error:
        raise BlobStoreUnavailable(type(error).__name__) from error


def check(answer: BaseHTTPResponse) -> None:
    """Return if an answer that was asked for without the SDK's help is a good one.

    Raises:
        BlobNotFound, BlobStoreUnavailable, StorageFull: it is not.
    """
    if answer.status >= 300:
        raise meaning(_code_in(answer.data.decode(errors="replace")) or f"status {answer.status}")


def meaning(code: str) -> CalotypeError:
    """What an error code of S3 means to us."""
    if code == "NoSuchKey":
        return BlobNotFound()
    if code == "NoSuchBucket":
        return BucketMissing(code)
    if code in DENIALS:
        return BlobStoreAccessDenied(code)
    if code == "RequestTimeTooSkewed":
        return ClocksDiffer(code)
    return StorageFull() if code in FULL else BlobStoreUnavailable(code or "an answer that is none")


def _code_in(text: str) -> str:
    found = CODE.search(text)
    return found.group(1) if found else ""
