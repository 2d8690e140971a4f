"""From an upload to stored bytes that no image points to yet: what storing and replacing have in common."""

from dataclasses import dataclass

from domain.model.images.image import Original
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFacts
from domain.model.storage.blob import BlobFacts
from domain.ports.staging import StagedFile, Staging
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.images.compress_file import CompressFile


@dataclass(frozen=True, slots=True)
class StoreOriginal:
    """Prove that an upload is an image, make it smaller, and put it into the store.

    - Every frame is decoded before anything is stored.
    - The key is still staged on return: give it to an image with ``BlobLifecycle.add`` or ``save``.
    """

    compress: CompressFile
    staging: Staging
    lifecycle: BlobLifecycle

    async def inspect(self, upload: StagedFile) -> ImageFacts:
        """The facts of the upload, if it is an image that may be stored.

        Raises:
            EmptyFile, UndecodableImage, FormatNotAccepted, ImageTooLarge: it is not.
        """
        return await self.compress.inspect(upload)

    async def store(self, upload: StagedFile, facts: ImageFacts, mode: CompressionMode | None) -> Original:
        """The upload, compressed and stored. ``mode`` replaces what the settings say, if it is given.

        Raises:
            UndecodableImage, ImageTooExpensive, CodecBusy, StorageFull, …: nothing of the upload is kept.
        """
        async with self.staging.outlet() as outlet:
            compressed = await self.compress(upload, facts, outlet, mode=mode)
            (key,) = await self.lifecycle.put([compressed.file.path])
        return Original(
            key=key,
            facts=BlobFacts(
                digest=compressed.file.digest, size=compressed.file.size, media_type=facts.format.media_type
            ),
            format=facts.format,
            dimensions=compressed.dimensions,
            frames=compressed.frames,
            thumbhash=compressed.thumbhash,
            receipt=compressed.receipt,
        )
