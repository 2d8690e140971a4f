"""From an upload to stored bytes that no image points to yet: what storing and replacing have in common."""

from dataclasses import dataclass

from domain.errors import FormatDiffers
from domain.model.access.access_key import Principal
from domain.model.access.quota import Claim
from domain.model.images.image import Original, StoredUpload
from domain.model.images.naming import ImageReference, fits_format
from domain.model.pixels.media import ImageFormat
from domain.model.pixels.source import Origin
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

    async def store(
        self,
        upload: StagedFile,
        principal: Principal,
        address: ImageReference | None = None,
        replaced: int | None = None,
    ) -> StoredUpload:
        """The upload, compressed as the principal's key or the settings say, and stored.

        ``replaced``: the bytes of the original in whose place it comes; None: it is a new image.

        ``address`` is how the client refers to the image that it is for. If that is a name, the image keeps it: the upload
        must be of its format.

        Raises:
            EmptyFile, UndecodableImage, FormatNotAccepted, ImageTooLarge, FormatDiffers: it is not an image that may
                be stored.
            QuotaExceeded: the user has no room for it.
            ImageTooExpensive, CodecBusy, StorageFull, …: nothing of the upload is kept.
        """
        async with self.staging.outlet(upload.size) as outlet:
            compressed = await self.compress(
                upload, outlet, user=principal.user, mode=principal.compression, quick=self.refine
            )
            facts = compressed.facts
            _check_format(address, facts.format, compressed.origin)
            claim = Claim.of(principal.user, sent=upload.size, stored=compressed.file.size, replaced=replaced)
            (key,) = await self.lifecycle.put([compressed.file.path], claim)
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
            origin=compressed.origin,
        )
        return StoredUpload(original, facts, compressed.packing, claim.held)


def _check_format(address: ImageReference | None, format: ImageFormat, origin: Origin | None) -> None:
    """Return if an upload that is stored in ``format`` fits the name in ``address``, if that has one.

    Raises:
        FormatDiffers: it does not.
    """
    uploaded = origin.format if origin else format
    if address is None:
        return
    if address.name is not None and not fits_format(address.name, format):
        raise FormatDiffers(address.name, uploaded.label)
    if address.sent_name is not None and not fits_format(address.sent_name, uploaded):
        raise FormatDiffers(address.sent_name, uploaded.label)
