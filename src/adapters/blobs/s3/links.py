"""Links that the store itself answers: signed here, without asking it, for the address that others reach it under.

Signed by hand, since a page of a hundred pictures has three hundred of them: the SDK takes a page's own time for thirty. It
still lays out the address of the store and the parts that all links of a time share; a test holds the signature to its.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import parse_qs, quote, urlsplit

from adapters.blobs.s3.bucket import MinioBucket
from adapters.blobs.s3.store import object_name
from domain.model.storage.blob import BlobKey
from domain.ports.blobs import BlobLinks, LinkTarget

REMEMBERED = 8192  # links
LONGEST = 7 * 24 * 3600  # seconds that S3 lets a signed URL live
SAMPLE = "object"
DISPOSITION = quote("inline; filename*=UTF-8''", safe="")  # quoting goes by the character, so a beginning can be kept


@dataclass(frozen=True, slots=True)
class _Window:
    """What all links of a time share. ``path``: of the bucket. ``query``: parameters in the order in which they are signed.

    ``maker``: of signatures, which begin with ``heading``.
    """

    origin: str
    path: str
    host: str
    query: str
    heading: str
    maker: hmac.HMAC


class MinioLinks(BlobLinks):
    """Presigned GET requests (AWS Signature Version 4, in the query).

    The date that is signed moves in windows as long as the lifetime, and a link is good for two of them: so it lives
    for one to two lifetimes, and every link to the same bytes made within a window is the same.
    """

    def __init__(self, bucket: MinioBucket, lifetime: int) -> None:
        """``lifetime``: the least, in seconds; at most half of ``LONGEST``."""
        self._client = bucket.signer()
        self._bucket = bucket
        self._lifetime = lifetime
        self._signed = lru_cache(REMEMBERED)(self._sign)  # a link is the same throughout its window
        self._window = lru_cache(2)(self._begin)

    def sign(self, target: LinkTarget, at: datetime) -> str:
        window = int(at.timestamp()) // self._lifetime * self._lifetime
        return self._signed(target.key, target.file_name, target.format.media_type, window)

    def longest_lifetime(self) -> float:
        return 2.0 * self._lifetime

    def _sign(self, key: BlobKey, file_name: str, media_type: str, begun: int) -> str:
        window = self._window(begun)
        path = window.path + object_name(key)
        query = (
            f"{window.query}&response-content-disposition={DISPOSITION}{quote(quote(file_name, safe=''), safe='')}"
            f"&response-content-type={_quoted(media_type)}"
        )
        request = f"GET\n{path}\n{query}\nhost:{window.host}\n\nhost\nUNSIGNED-PAYLOAD"
        signing = window.maker.copy()
        signing.update(f"{window.heading}\n{hashlib.sha256(request.encode()).hexdigest()}".encode())
        return f"{window.origin}{path}?{query}&X-Amz-Signature={signing.hexdigest()}"

    def _begin(self, begun: int) -> _Window:
        lasting = timedelta(seconds=2 * self._lifetime)
        sample = urlsplit(
            self._client.get_presigned_url(
                "GET", self._bucket.bucket, SAMPLE, lasting, request_date=datetime.fromtimestamp(begun, UTC)
            )
        )
        shared = {name: values[0] for name, values in parse_qs(sample.query).items() if name != "X-Amz-Signature"}
        shared["response-cache-control"] = f"max-age={int(lasting.total_seconds())}, proxy-revalidate, immutable"
        scope = "/".join(shared["X-Amz-Credential"].split("/")[-4:])  # behind the access key, which may hold slashes
        secret = f"AWS4{self._bucket.secret_key}".encode()
        for part in scope.split("/"):
            secret = hmac.digest(secret, part.encode(), "sha256")
        return _Window(
            origin=f"{sample.scheme}://{sample.netloc}",
            path=sample.path.removesuffix(SAMPLE),
            host=sample.netloc,
            query="&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(shared.items())),
            heading=f"AWS4-HMAC-SHA256\n{shared['X-Amz-Date']}\n{scope}",
            maker=hmac.new(secret, digestmod="sha256"),
        )


@lru_cache(16)
def _quoted(media_type: str) -> str:
    return quote(media_type, safe="")
