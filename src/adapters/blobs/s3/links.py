"""Links that lead to the store itself: signed here, without a request to it, for its public endpoint.

The SDK is too slow for this: a page of a hundred images has three hundred links, and signing thirty with the SDK takes as
long as everything else on the page. So the SDK signs one link for each window of time; the others take over what they share
with that one, and are signed here. A test compares the signatures with those of the SDK.
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

LINKS_CACHED = 8192
SAMPLE = "object"  # the name of an object that need not exist
DISPOSITION = quote("inline; filename*=UTF-8''", safe="")  # the part that all links share


@dataclass(frozen=True, slots=True)
class _Window:
    """What all links share that are signed in one window of time.

    ``path``: that of the bucket. ``query``: the shared parameters, in the order in which they are signed. ``heading``: the
    first lines of the text to sign. ``maker``: makes the signatures; copied for each.
    """

    origin: str
    path: str
    host: str
    query: str
    heading: str
    maker: hmac.HMAC


class MinioLinks(BlobLinks):
    """Presigned GET requests (AWS Signature Version 4, in the query).

    Time is divided into windows as long as the lifetime. A link is dated to the start of its window and is valid for two
    windows, so it lasts for one to two lifetimes. All links to the same bytes that are signed in one window are equal.
    """

    def __init__(self, bucket: MinioBucket, lifetime: int) -> None:
        """``lifetime``: the minimum, in seconds; at most half of ``LONGEST_LIFETIME``."""
        self._client = bucket.signer()
        self._bucket = bucket
        self._lifetime = lifetime
        self._signed = lru_cache(LINKS_CACHED)(self._sign)
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
        # The access key before these four parts may contain slashes.
        scope = "/".join(shared["X-Amz-Credential"].split("/")[-4:])
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
