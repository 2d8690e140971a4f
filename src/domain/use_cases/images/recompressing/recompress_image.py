"""Make a stored image smaller, by today's settings."""

from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace

from domain.errors import ImageNotFound
from domain.model.images.image import Image, Original
from domain.model.images.naming import ImageId
from domain.model.pixels.compression import CompressionMode
from domain.model.storage.blob import BlobFacts
from domain.ports.blobs import BlobStore
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.staging import StagedFile, Staging
from domain.ports.system import Clock
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.images.compress_file import CompressFile


@dataclass(frozen=True, slots=True)
class Recompressed:
    """The result for one image; with ``dry_run``, what it would be. ``before`` is the size of the old bytes.

    If the image cannot be made smaller, ``after.size`` is as large as ``before``.
    """

    image: Image
    before: int
    after: BlobFacts

    @property
    def is_smaller(self) -> bool:
        return self.after.size < self.before


@dataclass(frozen=True, slots=True)
class RecompressImage:
    """Compress a stored image again, as if it were uploaded today, and keep the result if it is smaller.

    - It loses no more than when the image was stored, except with ``further``: its user may have wanted to
      keep every pixel.
    - Id, name and variants stay. Bytes, digest and receipt change, and with them the time of the last change.
    - What was stored with loss is never compressed with loss again.
    - An image that is given other bytes or deleted meanwhile is left alone.
    - Links to the old bytes work until they expire.
    """

    compress: CompressFile
    staging: Staging
    blobs: BlobStore
    lifecycle: BlobLifecycle
    units: UnitsOfWork
    clock: Clock

    def mode_for(self, image: Image, *, further: bool) -> CompressionMode:
        """The mode in which the image would be compressed. ``further``: that of the policy, whatever it was stored with."""
        receipt, usual = image.original.receipt, self.compress.policy.mode
        if not receipt.lossless:
            return receipt.mode
        return usual if further else usual.gentler(receipt.mode)

    async def __call__(self, id: ImageId, *, further: bool, dry_run: bool) -> Recompressed:
        """The result of compressing the image again. With ``dry_run`` nothing is changed.

        Raises:
            ImageNotFound: there is none.
            BlobNotFound, UndecodableImage, ImageTooExpensive, …: it cannot be compressed, and stays as it is.
        """
        async with self.units.reading() as unit:
            image = await unit.images.get(id)
        mode = self.mode_for(image, further=further)
        return await self._compressed(image, mode, lossy=image.original.receipt.lossless, dry_run=dry_run)

    async def pack(self, id: ImageId) -> Recompressed:
        """The result of packing the image again without changing a pixel.

        Raises:
            ImageNotFound: there is none.
            BlobNotFound, UndecodableImage, ImageTooExpensive, …: it cannot be compressed, and stays as it is.
        """
        async with self.units.reading() as unit:
            image = await unit.images.get(id)
        return await self._compressed(image, image.original.receipt.mode, lossy=False, dry_run=False)

    async def _compressed(self, image: Image, mode: CompressionMode, *, lossy: bool, dry_run: bool) -> Recompressed:
        old = image.original
        async with AsyncExitStack() as stack:
            path = await stack.enter_async_context(self.staging.inlet())
            await self.blobs.fetch(old.key, path)
            stored = StagedFile(path, old.facts.size, old.facts.digest)
            outlet = await stack.enter_async_context(self.staging.outlet(stored.size))
            made = await self.compress(stored, outlet, mode=mode, lossy=lossy, is_stored=True)
            new = BlobFacts(digest=made.file.digest, size=made.file.size, media_type=old.facts.media_type)
            result = Recompressed(image, old.facts.size, new)
            if dry_run:
                return result
            if result.is_smaller:
                (key,) = await self.lifecycle.put([made.file.path])
                receipt = made.receipt.following(old.receipt)
                await self._exchange(image, replace(old, key=key, facts=new, receipt=receipt))
            else:
                await self._note(image, mode)
        return result

    async def _note(self, image: Image, mode: CompressionMode) -> None:
        """Store that the image was compressed in this mode, so that it is not tried again."""
        async with self.units.writing() as unit:
            with suppress(ImageNotFound):
                current = await unit.images.get(image.id)
                if current.original == image.original and current.original.receipt.lossless:
                    await unit.images.save(current.tried(mode))
            await unit.commit()

    async def _exchange(self, image: Image, new: Original) -> None:
        unwanted = []
        async with self.units.writing() as unit:
            now = self.clock.now()
            try:
                current = await unit.images.get(image.id)
            except ImageNotFound:
                current = None
            if current is None or current.original.key != image.original.key:
                unwanted = [new.key]
                await self.lifecycle.discard(unit, unwanted, now)
            else:
                await self.lifecycle.save(unit, current, current.recompressed(new, at=now), now)
            await unit.commit()
        await self.lifecycle.erase(unwanted)
