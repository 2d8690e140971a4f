"""Make what is stored smaller, by the rules of today."""

from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.errors import ImageNotFound
from domain.model.images.image import Image, Original
from domain.model.images.naming import ImageId
from domain.model.pixels.compression import CompressionMode
from domain.model.storage.blob import BlobFacts
from domain.ports.blobs import BlobLinks, BlobStore
from domain.ports.codec import CompressedImage
from domain.ports.staging import StagedFile, Staging
from domain.ports.system import Clock, RandomValues
from domain.ports.unit_of_work import UnitsOfWork
from domain.use_cases.images.compress_file import CompressFile


@dataclass(frozen=True, slots=True)
class Recompressed:
    """What became of a picture, or would. ``before`` is in bytes; where it cannot be made smaller, ``after`` has as many."""

    image: Image
    before: int
    after: Original

    @property
    def is_smaller(self) -> bool:
        return self.after.facts.size < self.before


@dataclass(frozen=True, slots=True)
class RecompressImage:
    """Compress a stored picture once more, as if it were uploaded today, and keep what is smaller.

    - It goes no further than when the picture was stored, unless told to: perhaps its owner wanted every pixel kept.
    - Number, name and variants stay. Bytes, digest and receipt change, and with them the time of the last change.
    - What was stored with loss is never compressed with loss again.
    - A picture that is replaced or deleted meanwhile is left alone.
    - Links to the old bytes, which were promised to last, work on until they expire.
    """

    compress: CompressFile
    staging: Staging
    blobs: BlobStore
    units: UnitsOfWork
    links: BlobLinks
    clock: Clock
    random_values: RandomValues

    def mode_for(self, image: Image, *, further: bool) -> CompressionMode:
        """How the picture would be compressed. ``further``: as far as the policy goes, whatever it was stored with."""
        receipt, usual = image.original.receipt, self.compress.policy.mode
        if not receipt.lossless:
            return receipt.mode
        return usual if further else usual.gentler(receipt.mode)

    async def __call__(self, id: ImageId, *, further: bool, dry_run: bool) -> Recompressed:
        """What became of the picture; with ``dry_run``, nothing is changed.

        Raises:
            ImageNotFound: there is none.
            BlobNotFound, UndecodableImage, ImageTooExpensive, …: it cannot be compressed, and stays as it is.
        """
        async with self.units.reading() as unit:
            image = await unit.images.get(id)
        old = image.original
        async with AsyncExitStack() as stack:
            path = await stack.enter_async_context(self.staging.inlet())
            await self.blobs.fetch(old.key, path)
            stored = StagedFile(path, old.facts.size, old.facts.digest)
            facts = await self.compress.inspect(stored)
            outlet = await stack.enter_async_context(self.staging.outlet())
            mode = self.mode_for(image, further=further)
            made = await self.compress(stored, facts, outlet, mode=mode, lossy=old.receipt.lossless)
            new = replace(
                old,
                key=self.random_values.blob_key(),
                facts=BlobFacts(digest=made.file.digest, size=made.file.size, media_type=old.facts.media_type),
                receipt=made.receipt.following(old.receipt),
            )
            result = Recompressed(image, old.facts.size, new)
            if dry_run:
                return result
            if result.is_smaller:
                await self._store(new, made)
                await self._exchange(image, new)
            else:
                await self._note(image, mode)
        return result

    async def _note(self, image: Image, mode: CompressionMode) -> None:
        """Remember that the picture was tried in this mode, so that nobody tries it again."""
        async with self.units.writing() as unit:
            with suppress(ImageNotFound):
                current = await unit.images.get(image.id)
                if current.original == image.original and current.original.receipt.lossless:
                    await unit.images.save(current.tried(mode))
            await unit.commit()

    async def _store(self, new: Original, made: CompressedImage) -> None:
        async with self.units.writing() as unit:
            await unit.ledger.stage(new.key, self.clock.now())
            await unit.commit()
        await self.blobs.put(new.key, made.file.path)

    async def _exchange(self, image: Image, new: Original) -> None:
        async with self.units.writing() as unit:
            now = self.clock.now()
            try:
                current = await unit.images.get(image.id)
            except ImageNotFound:
                current = None
            if current is None or current.original.key != image.original.key:
                await unit.ledger.doom(new.key, now)
            else:
                await unit.ledger.promote(new.key, new.facts, now, image=image.id)
                links_last_until = now + timedelta(seconds=self.links.longest_lifetime())
                await unit.ledger.doom(image.original.key, now, readable_until=links_last_until)
                await unit.images.save(current.recompressed(new, at=now))
            await unit.commit()
