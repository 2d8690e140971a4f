"""Responses with image objects. The description of one image is the most frequent request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from litestar.types import HTTPScope

from adapters.shared.bounded_cache import BoundedCache
from domain.model.images.image import Image
from domain.model.images.naming import ImageId
from domain.model.images.page import Page
from entrypoints.http.protocol.answers import Answer, CompleteBody, Start
from entrypoints.http.protocol.caching import PRIVATE
from entrypoints.http.protocol.conditions import Conditions
from entrypoints.http.protocol.etags import body_tag, object_tag
from entrypoints.schemas import ImageSerializer, PageObject

CACHED_DESCRIPTIONS = 4096  # about 2 KB each


@dataclass(frozen=True, slots=True)
class _Description:
    version: int
    urls: str
    tag: str
    body: msgspec.Raw
    full: Answer
    unchanged: Answer


class Descriptions:
    """Responses with image objects, encoded again only when the image, its links or the service's address have changed.

    The image itself is looked up at every request; only its encoding as JSON is cached.
    """

    def __init__(self, serializer: ImageSerializer) -> None:
        self._serializer = serializer
        self._known: BoundedCache[ImageId, _Description] = BoundedCache(CACHED_DESCRIPTIONS)

    def answer(self, scope: HTTPScope, image: Image, address: str, at: datetime) -> Answer:
        """200 with the image object, or 304 if the client has it.

        Raises:
            PreconditionFailed: a condition of the request does not hold.
        """
        known = self._of(image, address, at)
        return known.unchanged if _is_held(scope, known.tag) else known.full

    def bodies(self, page: Page[Image], address: str, at: datetime, *, is_beginning: bool) -> Sequence[msgspec.Raw]:
        """The image objects, to be embedded in a larger response.

        They are cached only for the first page of a list: a client that walks through a long list would evict what
        others request.
        """
        kept = is_beginning or page.count <= CACHED_DESCRIPTIONS
        return [self._body(image, address, at, kept=kept) for image in page.items]

    def _body(self, image: Image, address: str, at: datetime, *, kept: bool) -> msgspec.Raw:
        if kept or image.id in self._known:
            return self._of(image, address, at).body
        return self._written(image, address, at)

    def _of(self, image: Image, address: str, at: datetime) -> _Description:
        urls = self._serializer.urls(image, address, at)
        known = self._known.get(image.id)
        if known is None or known.version != image.version or known.urls != urls or image.has_pending_variants:
            tag, body = object_tag(image, urls), self._written(image, address, at)
            known = _Description(
                image.version, urls, tag, body, full=_full(tag, bytes(body)), unchanged=_unchanged(tag)
            )
            self._known[image.id] = known
        return known

    def _written(self, image: Image, address: str, at: datetime) -> msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(self._serializer.image(image, address, at)))


def listed(scope: HTTPScope, page: PageObject[msgspec.Raw]) -> Answer:
    """200 with a page of image objects, or 304 if the client has this page.

    Raises:
        PreconditionFailed: a condition of the request does not hold.
    """
    body = msgspec.json.encode(page)
    tag = body_tag(body)
    return _unchanged(tag) if _is_held(scope, tag) else _full(tag, body)


def _is_held(scope: HTTPScope, tag: str) -> bool:
    conditions = Conditions(scope)
    conditions.demand(tag, None)
    return conditions.is_held(tag, None)


def _full(tag: str, body: bytes) -> Answer:
    sized = ((b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()))
    return CompleteBody(Start(200, [(b"etag", tag.encode()), *PRIVATE, *sized]), body)


def _unchanged(tag: str) -> Answer:
    return Start(304, [(b"etag", tag.encode()), *PRIVATE])
