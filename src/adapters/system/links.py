"""Links to this service that carry their own permission: a key, an expiry and an HMAC."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote

from domain.errors import LinkExpired, LinkInvalid
from domain.model.storage.blob import BlobKey
from domain.ports.blobs import BlobLinks, LinkTarget, LinkVerifier

REMEMBERED = 8192  # links
LAST_MOMENT = 253_402_300_799  # of the year 9999


class HmacLinks(BlobLinks, LinkVerifier):
    """``/image/<name>/[<variant>/]?expires=<epoch>&key=<blob>&signature=<base64url>``.

    Expiry moves in windows as long as the lifetime, so a link lives for one to two lifetimes, and every link to the
    same bytes made within a window is the same: browsers and proxies can keep what it opens.
    """

    def __init__(self, keys: Sequence[bytes], lifetime: int) -> None:
        """``keys``: the first signs, all are believed. ``lifetime``: the least, in seconds."""
        self._makers = tuple(hmac.new(key, digestmod="sha256") for key in keys)  # a copy is half as dear as a new one
        self._lifetime = lifetime
        self._signed = lru_cache(REMEMBERED)(self._sign)  # a link is the same throughout its window

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
        if not (stated.isascii() and stated.isdecimal() and len(stated) <= 12 and int(stated) <= LAST_MOMENT):
            raise LinkInvalid
        expires = int(stated)
        blob = BlobKey(query.get("key", ""))
        signature = query.get("signature", "").encode()
        # The texts are compared, not what they decode to: two texts can decode alike.
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


@lru_cache(REMEMBERED)
def _quoted(name: str) -> str:
    return quote(name, safe="")


def _signature(maker: hmac.HMAC, key: BlobKey, name: str, variant: str | None, expires: int) -> str:
    signing = maker.copy()
    signing.update(f"{key}\n{variant or ''}\n{expires}\n{name}".encode(errors="surrogateescape"))
    return urlsafe_b64encode(signing.digest()).decode().rstrip("=")
