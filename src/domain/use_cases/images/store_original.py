"""From an upload to stored bytes that no image points to yet: what storing and replacing have in common."""

from dataclasses import dataclass

from domain.errors import FormatDiffers
from domain.model.access.access_key import Principal
from domain.model.images.image import Original, StoredUpload
from domain.model.images.naming import ImageName, fits_format
from domain.model.storage.blob import BlobFacts
from domain.ports.staging import StagedFile, Staging
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.images.compress_file import CompressFile


@dataclass(frozen=True, slots=True)
class StoreOriginal:
    """Prove that an upload is an image, make it smaller, and put it into the store.

    - Every frame is decoded before anything is stored.
    - The key is still staged on return: give it to an image with ``BlobLifecycle.add`` or ``save``.
    - With ``refine``, an image that takes long to pack is packed fast: the caller has it packed in full later.
    """

    compress: CompressFile
    staging: Staging
    lifecycle: BlobLifecycle
    refine: bool

    async def store(self, upload: StagedFile, principal: Principal, name: ImageName | None = None) -> StoredUpload:
        """The upload, compressed as the principal's key or the settings say, and stored.

        ``name`` is one that the image has and keeps: the upload must be of its format.

        Raises:
            EmptyFile, UndecodableImage, FormatNotAccepted, ImageTooLarge, FormatDiffers: it is not an image that may
                be stored.
            ImageTooExpensive, CodecBusy, StorageFull, …: nothing of the upload is kept.
        """
        async with self.staging.outlet() as outlet:
            compressed = await self.compress(
                upload, outlet, user=principal.user, mode=principal.compression, quick=self.refine
            )
            facts = compressed.facts
            if name is not None and not fits_format(name, facts.format):
                raise FormatDiffers(name, facts.format.label)
            (key,) = await self.lifecycle.put([compressed.file.path])
        original = Original(
            key=key,
            facts=BlobFacts(
                digest=compressed.file.digest, size=compressed.file.size, media_type=facts.format.media_type
            ),
            format=facts.format,
            dimensions=facts.displayed,
            frames=facts.frames,
            thumbhash=compressed.thumbhash,
            receipt=compressed.receipt,
            uploaded=upload.digest,
        )
        return StoredUpload(original, facts, compressed.packing)
