"""The one order in which bytes are stored, given to an image, and given up again."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import BlobStoreUnavailable, CalotypeError
from domain.model.access.quota import NO_QUOTA, NOTHING, Amount, Claim, Quota
from domain.model.images.image import Image, ImageDraft
from domain.model.storage.blob import BlobKey
from domain.ports.blobs import BlobLinks, BlobStore
from domain.ports.concurrency import Concurrency
from domain.ports.database.unit_of_work import UnitOfWork, UnitsOfWork
from domain.ports.staging import StagedPath
from domain.ports.system import Clock, RandomValues

ERASED_WITHIN = timedelta(seconds=2)
ERASED_AT_ONCE = 8  # blobs


@dataclass(frozen=True, slots=True)
class BlobLifecycle:
    """Stages, promotes and dooms blobs. Every use case that stores or changes images does it through this object.

    - A fresh key is staged, and that is committed, before its bytes are put into the store. So every byte in the store
      has a line in the ledger, whenever the process dies.
    - A key is promoted in the unit of work that saves the image which points to it. So every blob of an image exists.
    - A key is doomed in the unit of work that saves the image without it. The sweeper removes its bytes later, and then
      forgets the key.
    - Bytes that are replaced stay readable until the last link to them has expired. Those of a removed image are erased
      after the commit, because a link into the store itself opens them as long as they are there.
    """

    units: UnitsOfWork
    blobs: BlobStore
    links: BlobLinks
    clock: Clock
    random_values: RandomValues
    concurrency: Concurrency
    quota: Quota = NO_QUOTA

    async def put(self, files: Sequence[StagedPath], claim: Claim | None = None) -> Sequence[BlobKey]:
        """Store each file under a fresh key, and return the keys in the same order.

        The keys are still staged: ``add`` or ``save`` an image that points to them, or ``abandon`` or ``discard`` them.
        Those that are left alone are swept after the grace. What ``claim`` holds is reserved, by the first key, until then.

        Raises:
            QuotaExceeded: there is no room for it.
            StorageFull, BlobStoreUnavailable, DatabaseUnavailable: nothing of it remains.
        """
        keys = [self.random_values.blob_key() for _ in files]
        now = self.clock.now()
        async with self.units.writing() as unit:
            if claim is not None:
                await unit.usage.reserve(claim.user, claim.held, claim.needed, self.quota)
            for key in keys:
                if claim is not None and key == keys[0]:
                    await unit.ledger.stage(key, now, claim.held, user=claim.user)
                else:
                    await unit.ledger.stage(key, now)
            await unit.commit()
        try:
            for key, file in zip(keys, files, strict=True):
                await self.blobs.put(key, file)
        except CalotypeError:
            if claim is not None:
                await self.abandon(keys)
            raise
        return keys

    async def abandon(self, keys: Sequence[BlobKey]) -> None:
        """Give up what was ``put`` and not given to an image, so that nothing stays reserved; else the sweeper does it."""
        with suppress(CalotypeError):
            async with self.units.writing(urgent=True) as unit:
                for key in keys:
                    await unit.ledger.abandon(key, self.clock.now())
                await unit.commit()

    async def add(self, unit: UnitOfWork, draft: ImageDraft, held: Amount = NOTHING) -> Image:
        """Add the image, for which ``held`` was reserved, and promote its blobs.

        Raises:
            ImageNameTaken: its user has an image of that name.
            BlobExpired: a blob took longer than the grace to arrive, and was given up.
        """
        image = await unit.images.add(draft, held)
        for key, facts in image.blobs().items():
            await unit.ledger.promote(key, facts, draft.created_at, image=image.id)  # it has no alternatives yet
        return image

    async def save(self, unit: UnitOfWork, old: Image, new: Image, at: datetime, held: Amount | None = None) -> Image:
        """Save ``new`` in place of ``old``: promote the blobs that only ``new`` has, and doom those that only ``old`` has.

        ``held`` was reserved for it. If it grew by more, as ``old`` became smaller meanwhile, there must be room for that.
        None: it needs no room.

        Raises:
            StaleImage, ImageNameTaken: as ``ImageRepository.save``.
            BlobExpired: a new blob took longer than the grace to arrive, and was given up.
            QuotaExceeded: there is no room for it.
        """
        before, after = old.blobs(), new.blobs()
        grown = new.original.facts.size - old.original.facts.size
        if held is not None and grown > held.bytes:
            more = Amount(bytes=grown - held.bytes)
            await unit.usage.reserve(new.user, more, more, self.quota)
            held += more
        alternatives = new.alternatives()
        for key, facts in after.items():
            if key not in before:
                await unit.ledger.promote(key, facts, at, image=new.id, alternative=alternatives.get(key))
        for key in before:
            if key not in after:
                await unit.ledger.doom(key, at, readable_until=links_last_until(self.links, at))
        return await unit.images.save(new, grown=grown, held=held or NOTHING)

    async def remove(self, unit: UnitOfWork, image: Image, at: datetime) -> Sequence[BlobKey]:
        """Remove the image. Returns the keys of its blobs and of earlier ones that were replaced: nobody may read them.

        ``erase`` them after the commit.

        Raises:
            StaleImage: as ``ImageRepository.remove``.
        """
        await unit.images.remove(image)
        for key in image.blobs():
            await unit.ledger.doom(key, at)
        replaced = await unit.ledger.withdraw(image.id)
        return list({*image.blobs(), *replaced})

    async def erase(self, keys: Sequence[BlobKey]) -> bool:
        """Remove the bytes of doomed keys now. Returns whether all of them are gone. It is safe only after the commit.

        It ends soon, also if the store does not answer. The keys stay in the ledger, so the sweeper removes what is left
        or arrives late, in whichever store it is.
        """
        try:
            return await self.concurrency.within(ERASED_WITHIN, self._erase(keys))
        except BlobStoreUnavailable:
            return False

    async def _erase(self, keys: Sequence[BlobKey]) -> None:
        each = self.concurrency.each(_one_by_one(keys), self.blobs.delete, at_once=ERASED_AT_ONCE)
        async with aclosing(each) as deletions:
            async for _ in deletions:
                pass

    async def discard(self, unit: UnitOfWork, keys: Sequence[BlobKey], at: datetime) -> None:
        """Give up what was ``put`` and is not needed after all. ``erase`` it after the commit.

        Raises:
            BlobExpired: a key was given up before.
        """
        for key in keys:
            await unit.ledger.doom(key, at)


async def _one_by_one(keys: Sequence[BlobKey]) -> AsyncIterator[BlobKey]:
    for key in keys:
        yield key


def links_last_until(links: BlobLinks, at: datetime) -> datetime:
    """When every link that was signed by ``at`` has expired."""
    return at + timedelta(seconds=links.longest_lifetime())
