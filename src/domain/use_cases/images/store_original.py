"""From an upload to stored bytes that no picture points to yet: the part that storing and replacing share."""

from dataclasses import dataclass

from domain.model.images.image import Original
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFacts
from domain.model.storage.blob import BlobFacts
from domain.ports.blobs import BlobStore
from domain.ports.staging import StagedFile, Staging
from domain.ports.system import Clock, RandomValues
from domain.ports.unit_of_work import UnitsOfWork
from domain.use_cases.images.compress_file import CompressFile


@dataclass(frozen=True, slots=True)
class StoreOriginal:
    """Prove that an upload is a picture, make it smaller, and put it into the store.

    - Every frame is decoded before anything is stored.
    - The key is announced in the ledger before its bytes can exist, so no crash leaves bytes that nobody knows of.
    - The key is still staged on return: whoever points a picture at it promotes it in the same unit of work.
    """

    compress: CompressFile
    staging: Staging
    blobs: BlobStore
    units: UnitsOfWork
    clock: Clock
    random_values: RandomValues

    async def inspect(self, upload: StagedFile) -> ImageFacts:
        """The upload's facts, if it is a picture that is let in.

        Raises:
            EmptyFile, UndecodableImage, FormatNotAccepted, ImageTooLarge: it is not.
        """
        return await self.compress.inspect(upload)

    async def store(self, upload: StagedFile, facts: ImageFacts, mode: CompressionMode | None) -> Original:
        """The upload compressed and stored; ``mode``, if given, in place of what the settings say.

        Raises:
            UndecodableImage, ImageTooExpensive, CodecBusy, StorageFull, …: nothing of it will stay.
        """
        async with self.staging.outlet() as outlet:
            compressed = await self.compress(upload, facts, outlet, mode=mode)
            key = self.random_values.blob_key()
            async with self.units.writing() as unit:
                await unit.ledger.stage(key, self.clock.now())
                await unit.commit()
            await self.blobs.put(key, compressed.file.path)
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
