"""The images of a user in the installation of this machine.

Use cases: images/change_details, images/image_bytes, images/list_images, images/removing/delete_image, images/replace_image,
images/show_image, images/store_image.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from domain.model.access.access_key import Principal
from domain.model.images.details import DetailsChange
from domain.model.images.image import Image
from domain.model.images.image_filter import ImageFilter
from domain.model.images.naming import ImageReference
from domain.model.images.page import LARGEST_LIMIT, Cursor, PageRequest
from domain.model.storage.blob import Digest
from domain.use_cases.images.image_bytes import bytes_of
from entrypoints.cli.arguments.input_files import copy_to_staging, name_of
from entrypoints.cli.image_backends.image_backend import Images, Listed, ListRequest, StoredFile
from entrypoints.schemas import ImageObject, ImageSerializer

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application


class LocalImages(Images):
    """Use cases, for a user who has all scopes."""

    def __init__(self, app: Application, principal: Principal) -> None:
        self._app = app
        self._principal = principal
        self.at_once = app.parts.codec.limits.workers + 1  # one is on its way to the disk while the workers are busy

    async def store(self, file: str, name: str) -> StoredFile:
        async with self._app.parts.storage.staging.receive() as writer:
            await copy_to_staging(file, writer, self._app.settings.images.largest_file)
            stored = await self._app.images.store_image(self._principal, await writer.finish(), name)
        return StoredFile(self._described(stored.image), stored.is_duplicate)

    async def of_upload(self, digest: Digest) -> ImageObject | None:
        wanted = PageRequest(limit=1, filter=ImageFilter(uploaded_sha256=digest))
        page = await self._app.images.list_images(self._principal, wanted)
        return self._described(page.items[0]) if page.items else None

    async def list(self, asked: ListRequest) -> AsyncIterator[Listed]:
        left = asked.limit
        cursor: Cursor | None = None
        while True:
            limit = LARGEST_LIMIT if left is None else min(LARGEST_LIMIT, left)
            request = PageRequest(limit=limit, cursor=cursor, ordering=asked.ordering, filter=asked.filter)
            page = await self._app.images.list_images(self._principal, request)
            yield Listed([self._described(each) for each in page.items], page.count)
            left = None if left is None else left - len(page.items)
            cursor = page.onward
            if cursor is None or left == 0:
                return

    async def show(self, reference: str) -> ImageObject:
        return self._described(await self._found(reference))

    @asynccontextmanager
    async def open(self, reference: str, variant: str | None = None) -> AsyncIterator[AsyncIterator[bytes]]:
        shown = bytes_of(await self._found(reference), variant)
        async with self._app.parts.storage.blobs.open(shown.linked.key) as steps:
            yield steps

    async def replace(self, reference: str, file: str) -> ImageObject:
        async with self._app.parts.storage.staging.receive() as writer:
            await copy_to_staging(file, writer, self._app.settings.images.largest_file)
            replacing = self._app.images.replace_image(
                self._principal, ImageReference.parse(reference), await writer.finish(), name_of(file)
            )
            return self._described(await replacing)

    async def change(self, reference: str, change: DetailsChange, name: str | None) -> ImageObject:
        changing = self._app.images.change_details(self._principal, ImageReference.parse(reference), change, name)
        return self._described(await changing)

    async def delete(self, reference: str) -> None:
        await self._app.images.delete_image(self._principal, ImageReference.parse(reference))

    async def _found(self, reference: str) -> Image:
        return await self._app.images.show_image(self._principal, ImageReference.parse(reference))

    def _described(self, image: Image) -> ImageObject:
        parts = self._app.parts
        return ImageSerializer(parts.storage.links).image(
            image, self._app.settings.http.address, parts.system.clock.now()
        )
