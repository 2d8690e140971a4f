"""Answering what is known of one picture, the request that clients make most."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from litestar.types import ASGIApp

from domain.model.image import Image
from domain.model.naming import ImageId
from entrypoints.http.problems import AnyRequest
from entrypoints.http.sending import Start, Whole
from entrypoints.http.validators import is_unchanged, object_tag
from entrypoints.schemas import Illustrator

REMEMBERED = 4096  # descriptions, of some 2 KB each


@dataclass(frozen=True, slots=True)
class _Description:
    version: int
    url: str
    tag: str
    full: ASGIApp
    unchanged: ASGIApp


class Descriptions:
    """Answers with image objects, written anew only when the picture, its links or the asker's address have changed.

    The picture is read from the database for every request all the same; only its writing as JSON is spared.
    """

    def __init__(self, illustrator: Illustrator) -> None:
        self._illustrator = illustrator
        self._known: dict[ImageId, _Description] = {}

    def answer(self, request: AnyRequest, image: Image, address: str, at: datetime) -> ASGIApp:
        """200 with the image object, or 304 if the client has it."""
        url = self._illustrator.original_url(image, address, at)
        known = self._known.get(image.id)
        if known is None or known.version != image.version or known.url != url or image.has_pending_variants:
            known = self._write(image, address, url, at)
        return known.unchanged if is_unchanged(request, known.tag, None) else known.full

    def _write(self, image: Image, address: str, url: str, at: datetime) -> _Description:
        tag = object_tag(image, url)
        headers = [(b"etag", tag.encode()), (b"cache-control", b"private, no-cache"), (b"vary", b"Authorization")]
        body = msgspec.json.encode(self._illustrator.image(image, address, at))
        sized = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        written = _Description(
            version=image.version,
            url=url,
            tag=tag,
            full=Whole(Start(200, [*headers, *sized]), body),
            unchanged=Start(304, headers),
        )
        if len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[image.id] = written
        return written
