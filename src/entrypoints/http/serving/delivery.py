"""Sending the bytes of images: whole, in part, or not at all if the client has them."""

import asyncio
import hashlib
import logging
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote

from litestar.types import HTTPScope, Receive, Scope, Send

from domain.errors import BlobDamaged
from domain.model.images.image import settled_at
from domain.model.storage.blob import BlobFacts, BlobKey, ByteRange
from domain.ports.blobs import BlobFiles, BlobLinks, BlobStore
from domain.use_cases.images.image_bytes import ImageBytes
from entrypoints.http.protocol.answers import Answer, CompleteBody, Headers, Start
from entrypoints.http.protocol.caching import NOT_STORED, varying_by
from entrypoints.http.protocol.conditions import Conditions
from entrypoints.http.protocol.etags import content_tag, http_date
from entrypoints.http.protocol.headers import accepts_by_name
from entrypoints.http.serving.blob_cache import BlobCache
from entrypoints.http.serving.nginx import NginxFiles
from entrypoints.http.serving.ranges import requested_range

log = logging.getLogger("calotype.http")

CACHED_NAMES = 4096
STALLED = 60.0  # seconds in which a client must accept the next chunk
PATHSEND = "http.response.pathsend"

SAFETY = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)


class Delivery:
    """Responses with the bytes of images, or with their place in the store."""

    def __init__(
        self,
        blobs: BlobStore,
        files: BlobFiles,
        links: BlobLinks,
        hot: BlobCache,
        *,
        redirects: bool,
        nginx: NginxFiles | None,
    ) -> None:
        """``redirects``: answer, where that is possible, by a redirect to ``links``, which then lead to the store.

        ``nginx``: the files that nginx sends itself; None = none.
        """
        self._blobs = blobs
        self._files = files
        self._links = links
        self._hot = hot
        self._redirects = redirects
        self._nginx = nginx

    def answer(
        self,
        scope: HTTPScope,
        opened: ImageBytes,
        at: datetime,
        caching: Iterable[tuple[bytes, bytes]],
        *,
        may_redirect: bool = True,
    ) -> Answer:
        """The response to a GET or HEAD request for these bytes, or for their alternative if the client accepts its format.

        ``caching``: its headers for caches.

        Raises:
            PreconditionFailed: a condition of the request does not hold.
            RangeNotSatisfiable: the requested range lies outside of the bytes.
            BlobStoreUnavailable: the store is known to be away.
        """
        alternative = opened.alternative
        if alternative is not None:
            caching = varying_by(caching, b"Accept")
            if accepts_by_name(scope, alternative.facts.media_type):
                opened = opened.instead(alternative)
        tag = content_tag(opened.facts.digest)
        headers: Headers = [
            (b"etag", tag.encode()),
            *caching,
            *SAFETY,
        ]
        settled = settled_at(opened.modified_at)
        if settled <= at:
            headers.append((b"last-modified", http_date(settled).encode()))
        conditions = Conditions(scope, is_chosen=alternative is not None)
        conditions.demand(tag, opened.modified_at)
        if conditions.is_held(tag, opened.modified_at):
            return Start(304, headers)
        # A link is signed for GET only, and the store has entity tags and times of its own.
        if self._redirects and may_redirect and scope["method"] != "HEAD" and not conditions.are_about_these_bytes:
            link = self._links.sign(opened.linked, at)
            if not link.startswith("/"):
                # No cache may store or revalidate it, because the link in it expires soon.
                headers = [*NOT_STORED, *SAFETY, (b"location", link.encode()), (b"content-length", b"0")]
                return Start(302, headers if alternative is None else varying_by(headers, b"Accept"))
        path = self._files.path(opened.linked.key)
        span = requested_range(scope, opened.facts.size) if conditions.lets_part(tag, opened.modified_at) else None
        size = opened.facts.size if span is None else span.size
        headers += [
            (b"content-type", opened.facts.media_type.encode()),
            (b"content-disposition", content_disposition(opened.linked.file_name).encode()),
            (b"accept-ranges", b"bytes"),
        ]
        if self._nginx is not None and scope["method"] != "HEAD" and (left := self._nginx.redirect(scope, path)):
            return Start(200, [*headers, *left])
        headers.append((b"content-length", str(size).encode()))
        if span is not None:
            headers.append((b"content-range", f"bytes {span.start}-{span.stop - 1}/{opened.facts.size}".encode()))
        start = Start(200 if span is None else 206, headers)
        if scope["method"] == "HEAD":
            return start
        return self._sent(start, opened, span, path if PATHSEND in (scope.get("extensions") or {}) else None)

    def _sent(self, start: Start, opened: ImageBytes, span: ByteRange | None, path: str | None) -> Answer:
        """The bytes, or those of ``span``: from memory, as the file at ``path``, or streamed from the store."""
        key, size = opened.linked.key, opened.facts.size
        data = self._hot.get(key)
        if data is not None:
            return CompleteBody(start, data if span is None else data[span.start : span.stop])
        if span is not None:
            return StreamedBody(start, self._blobs, key, span)
        if self._hot.is_wanted(key, size):
            return _CachedBody(start, self._blobs, key, opened.facts, self._hot)
        return StreamedBody(start, self._blobs, key) if path is None else _Path(start, path)


class _Path(Answer):
    """Headers, and the path of a file that the ASGI server sends."""

    def __init__(self, start: Start, path: str) -> None:
        self.status = start.status
        self._start = start
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._start.begin(send)
        await send({"type": "http.response.pathsend", "path": self._path})  # type: ignore[arg-type]  # an extension that Litestar does not type


class StreamedBody(Answer):
    """Headers, and bytes streamed from the store."""

    def __init__(self, start: Start, blobs: BlobStore, key: BlobKey, span: ByteRange | None = None) -> None:
        self.status = start.status
        self._start = start
        self._blobs = blobs
        self._key = key
        self._span = span

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._blobs.open(self._key, self._span) as steps:
            await self._start.begin(send)
            async for step in steps:
                try:
                    async with asyncio.timeout(STALLED):
                        await send({"type": "http.response.body", "body": step, "more_body": True})
                except TimeoutError:  # reads from the store are limited, and others wait
                    log.info("a client accepted no data for %d s; its download was aborted", STALLED)
                    return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _CachedBody(StreamedBody):
    """Headers and all bytes, which are read from the store, compared with their digest, and cached."""

    def __init__(self, start: Start, blobs: BlobStore, key: BlobKey, facts: BlobFacts, hot: BlobCache) -> None:
        super().__init__(start, blobs, key)
        self._facts = facts
        self._hot = hot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._blobs.open(self._key) as steps:
            data = b"".join([step async for step in steps])
        if len(data) != self._facts.size:
            raise BlobDamaged(f"{self._key} has {len(data)} bytes instead of {self._facts.size}")
        if hashlib.sha256(data).hexdigest() != self._facts.digest:
            raise BlobDamaged(f"{self._key} has another digest than when it was stored")
        self._hot.keep(self._key, data)
        await CompleteBody(self._start, data)(scope, receive, send)


@lru_cache(CACHED_NAMES)
def content_disposition(name: str) -> str:
    """``inline`` with this file name, in ASCII for old clients and in full for others (RFC 6266, RFC 8187)."""
    plain = "".join(character if " " <= character <= "~" and character not in '"\\%' else "_" for character in name)
    if plain == name:
        return f'inline; filename="{plain}"'
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
