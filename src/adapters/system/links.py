"""Signed links to this service: each has a blob key, an expiry and an HMAC."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote

from domain.errors import LinkExpired, LinkInvalid
from domain.model.storage.blob import BlobKey
from domain.ports.blobs import BlobLinks, LinkTarget, LinkVerifier

LINKS_CACHED = 8192
LATEST_EXPIRY = 253_402_300_799  # epoch seconds: the end of the year 9999, the last that datetime can hold


class HmacLinks(BlobLinks, LinkVerifier):
    """``/image/<name>/[<variant>/]?expires=<epoch>&key=<blob>&signature=<base64url>``.

    Time is divided into windows as long as the lifetime. A link expires at the end of the window after the one in which
    it was signed, so it lasts for one to two lifetimes. All links to the same bytes that are signed in one window are
    equal, so browsers and proxies can cache what they open.
    """

    def __init__(self, keys: Sequence[bytes], lifetime: int) -> None:
        """``keys``: the first one signs, all are accepted. ``lifetime``: the minimum, in seconds."""
        self._makers = tuple(hmac.new(key, digestmod="sha256") for key in keys)  # copying one costs half as much
        self._lifetime = lifetime
        self._signed = lru_cache(LINKS_CACHED)(self._sign)

    def longest_lifetime(self) -> float:
        return 2.0 * self._lifetime

    def sign(self, target: LinkTarget, at: datetime) -> str:
        return self._signed(
            target.key, target.name, target.variant, (int(at.timestamp()) // self._lifetime + 2) * self._lifetime
        )

    def _sign(self, key: BlobKey, name: str, variant: str | None, expires: int) -> str:
        signature = _signature(self._makers[0], key, name, variant, expires)
        place = _quoted(name) + (f"/{variant}/" if variant else "/")
        return f"/image/{place}?expires={expires}&key={key}&signature={signature}"

    def verify(
        self, *, name: str, variant: str | None, query: dict[str, str], at: datetime
    ) -> tuple[BlobKey, datetime]:
        stated = query.get("expires", "")
        if not (stated.isascii() and stated.isdecimal() and len(stated) <= 12 and int(stated) <= LATEST_EXPIRY):
            raise LinkInvalid
        expires = int(stated)
        blob = BlobKey(query.get("key", ""))
        signature = query.get("signature", "").encode()
        # Compare the texts, not the decoded bytes: several base64 texts decode to the same bytes.
        genuine = [
            str(expires) == stated
            and hmac.compare_digest(_signature(maker, blob, name, variant, expires).encode(), signature)
            for maker in self._makers
        ]
        if not any(genuine):
            raise LinkInvalid
        expires_at = datetime.fromtimestamp(expires, UTC)
        if at >= expires_at:
            raise LinkExpired
        return blob, expires_at


@lru_cache(LINKS_CACHED)
def _quoted(name: str) -> str:
    return quote(name, safe="")


def _signature(maker: hmac.HMAC, key: BlobKey, name: str, variant: str | None, expires: int) -> str:
    signing = maker.copy()
    signing.update(f"{key}\n{variant or ''}\n{expires}\n{name}".encode(errors="surrogateescape"))
    return urlsafe_b64encode(signing.digest()).decode().rstrip("=")
