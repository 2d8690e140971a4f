"""The images of the user of a token, in a service that is reached over its HTTP interface."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import msgspec

from domain.errors import ImageNotFound
from domain.model.images.details import UNCHANGED, DetailsChange
from domain.model.images.image_filter import ImageFilter
from domain.model.images.naming import ImageReference
from domain.model.images.page import LARGEST_LIMIT
from domain.model.storage.blob import Digest
from entrypoints.cli.arguments.input_files import chunks_of, name_of
from entrypoints.cli.errors import AnswerUnreadable, ServerUnreachable
from entrypoints.cli.image_backends.image_backend import Images, Listed, ListRequest, StoredFile
from entrypoints.cli.image_backends.remote_errors import error_in
from entrypoints.schemas import ImageObject, ImagePage

Decoded = TypeVar("Decoded")

AT_ONCE = 4
"""The server has an own bound for the uploads of a user; this many keep the image workers of a small one busy."""
ACCEPT = "application/problem+json, */*;q=0.9"
OCTETS = {"Content-Type": "application/octet-stream"}
DEADLINES = httpx.Timeout(20, read=180)  # seconds; an upload waits for an image worker


@asynccontextmanager
async def remote_images(server: str, token: str) -> AsyncIterator[RemoteImages]:
    """The images of the user of ``token`` at ``server``.

    Raises:
        ServerUnreachable: inside, whenever it does not answer.
    """
    headers = {"Authorization": f"Token {token}", "Accept": ACCEPT}
    try:
        async with httpx.AsyncClient(base_url=server, headers=headers, timeout=DEADLINES) as client:
            yield RemoteImages(client)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise ServerUnreachable(server, str(error) or type(error).__name__) from error


class RemoteImages(Images):
    at_once = AT_ONCE

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def store(self, file: str, name: str) -> StoredFile:
        answer = await self._sent("POST", "image/", file, name)
        return StoredFile(_image_in(answer), is_duplicate=answer.status_code == httpx.codes.OK)

    async def of_upload(self, digest: Digest) -> ImageObject | None:
        asked = ListRequest(filter=ImageFilter(uploaded_sha256=digest), limit=1)
        async for part in self.list(asked):
            return part.images[0] if part.images else None
        return None

    async def list(self, asked: ListRequest) -> AsyncIterator[Listed]:
        query = {**_query_of(asked.filter), "ordering": asked.ordering.value}
        left = asked.limit
        while True:
            query["limit"] = str(LARGEST_LIMIT if left is None else min(LARGEST_LIMIT, left))
            page = _decoded(await self._answer("GET", "image/", params=query), ImagePage)
            yield Listed(page.results, page.count)
            left = None if left is None else left - len(page.results)
            if page.next is None or left == 0:
                return
            # Only the place is taken from there: the service may know itself by another address than this client.
            query["cursor"] = parse_qs(urlsplit(page.next).query)["cursor"][0]

    async def show(self, reference: str) -> ImageObject:
        parsed = ImageReference.parse(reference)
        if parsed.id is not None:
            return _image_in(await self._answer("GET", _path(reference)))
        name = parsed.name or parsed.sent_name or ""  # by name, the service would send the bytes
        async for part in self.list(ListRequest(ImageFilter(search=name))):
            for image in part.images:
                if name in (image.name, image.sent_name):
                    return image
        raise ImageNotFound

    @asynccontextmanager
    async def open(self, reference: str, variant: str | None = None) -> AsyncIterator[AsyncIterator[bytes]]:
        is_id = ImageReference.parse(reference).id is not None
        path = _path((await self.show(reference)).name if is_id else reference, variant)
        # The service may send the client on to the store.
        async with self._client.stream("GET", path, follow_redirects=True) as answer:
            if answer.is_error:
                await answer.aread()
                raise error_in(answer)
            yield answer.aiter_bytes()

    async def replace(self, reference: str, file: str) -> ImageObject:
        return _image_in(await self._sent("PUT", _path(reference), file, name_of(file)))

    async def change(self, reference: str, change: DetailsChange, name: str | None) -> ImageObject:
        details: dict[str, Any] = {"name": name, "alt": change.alt, "tags": change.tags, "public": change.public}
        body = {member: value for member, value in details.items() if value is not None}
        if change.expires_at is not UNCHANGED:
            body["expires_at"] = change.expires_at and change.expires_at.isoformat()
        return _image_in(await self._answer("PATCH", _path(reference), json=body))

    async def delete(self, reference: str) -> None:
        await self._answer("DELETE", _path(reference))

    async def _sent(self, method: str, path: str, file: str, name: str) -> httpx.Response:
        named = {"name": name} if name else {}
        return await self._answer(method, path, params=named, headers=OCTETS, content=chunks_of(file))

    async def _answer(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = await self._client.request(method, path, **options)
        if not answer.is_success:
            raise error_in(answer)
        return answer


def _path(reference: str, variant: str | None = None) -> str:
    return f"image/{quote(reference, safe='')}/" + (f"{quote(variant, safe='')}/" if variant else "")


def _query_of(filter: ImageFilter) -> Mapping[str, str]:
    """The conditions as parameters of a list."""

    def text(value: object) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return value.isoformat() if isinstance(value, datetime) else str(value)

    return {name: text(value) for name, value in filter.conditions.items()}


def _image_in(answer: httpx.Response) -> ImageObject:
    return _decoded(answer, ImageObject)


def _decoded(answer: httpx.Response, kind: type[Decoded]) -> Decoded:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError as error:
        raise AnswerUnreadable(str(answer.url.copy_with(query=None))) from error
