"""From an upload to stored bytes that no picture points to yet: the part that storing and replacing share."""

from dataclasses import dataclass

from domain.errors import EmptyFile
from domain.model.admission import AdmissionPolicy
from domain.model.blob import BlobFacts
from domain.model.compression import CompressionPolicy
from domain.model.image import Original
from domain.model.media import ImageFacts
from domain.ports.blobs import BlobStore
from domain.ports.codec import ImageCodec
from domain.ports.staging import StagedFile, Staging
from domain.ports.system import Clock, Mint
from domain.ports.unit_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class TakeIn:
    """Prove that an upload is a picture, make it smaller, and put it into the store.

    - The header decides whether the picture is let in, before any pixel is decoded.
    - Every frame is decoded before anything is stored.
    - The key is announced in the ledger before its bytes can exist, so no crash leaves bytes that nobody knows of.
    - The key is still staged on return: whoever points a picture at it promotes it in the same unit of work.
    """

    codec: ImageCodec
    staging: Staging
    blobs: BlobStore
    units: UnitsOfWork
    clock: Clock
    mint: Mint
    admission: AdmissionPolicy
    compression: CompressionPolicy

    async def inspect(self, upload: StagedFile) -> ImageFacts:
        """The upload's facts, if it is a picture that is let in.

        Raises:
            EmptyFile, UndecodableImage, FormatNotAccepted, ImageTooLarge: it is not.
        """
        if upload.size == 0:
            raise EmptyFile
        facts = await self.codec.inspect(upload)
        self.admission.admit(facts)
        return facts

    async def store(self, upload: StagedFile, facts: ImageFacts) -> Original:
        """The upload compressed and stored.

        Raises:
            UndecodableImage, ImageTooExpensive, CodecBusy, StorageFull, …: nothing of it will stay.
        """
        async with self.staging.outlet() as outlet:
            compressed = await self.codec.compress(upload, facts, self.compression.plan(facts), outlet)
            key = self.mint.blob_key()
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
