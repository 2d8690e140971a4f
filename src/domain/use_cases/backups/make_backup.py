"""Back up an installation while it is in use."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from domain.errors import BackupOvertaken, BackupUnsettled, ImageNotFound, StoreMismatch
from domain.model.images.naming import ImageId
from domain.model.storage.backup import BackupMark, Manifest, StoredFile
from domain.model.storage.blob import BlobFacts, BlobKey, BlobRecord, BlobState
from domain.model.storage.store_move import installation_of
from domain.ports.blobs import BlobStore
from domain.ports.concurrency import Concurrency
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.dumps import Dumps
from domain.ports.staging import StagedPath, Staging
from domain.ports.system import Clock, RandomValues
from domain.use_cases.backups.backup_place import BackupPlace
from domain.use_cases.backups.live_blobs import live_blobs
from domain.use_cases.backups.open_backup import DUMP_SIZE
from domain.use_cases.blobs.read_digest import read_digest
from domain.use_cases.databases.copy_database import CopyDatabase
from domain.use_cases.stores.copy_blob import CopyBlob, CopyOutcome

AT_ONCE = 4  # blobs
ROUNDS = 10


class BlobOutcome(StrEnum):
    """``lost``: the store does not have it whole. ``deleted``: its image was deleted. ``replaced``: its image was given
    another one.
    """

    COPIED = "copied"
    LOST = "lost"
    DELETED = "deleted"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class DumpMade:
    """The database is copied, and its blobs come next. ``blobs``: about how many there are."""

    blobs: int


@dataclass(frozen=True, slots=True)
class BlobsThere:
    """An earlier backup has this many more blobs, in their full size."""

    blobs: int


@dataclass(frozen=True, slots=True)
class BlobSeen:
    """A blob that no earlier backup has. ``image``: the one that it is of, where it is not ``copied``, and if it is known."""

    key: BlobKey
    size: int
    outcome: BlobOutcome
    image: ImageId | None = None


@dataclass(slots=True)
class BackupTally:
    """What the backup has, and what was copied and removed to make it. ``lost``: with the images that they are of."""

    blobs: int = 0
    bytes: int = 0
    copied: int = 0
    bytes_copied: int = 0
    removed: int = 0
    lost: dict[BlobKey, ImageId | None] = field(default_factory=dict)


BackupEvent: TypeAlias = DumpMade | BlobsThere | BlobSeen | BackupTally


@dataclass(slots=True)
class _Round:
    """What came of the blobs of one dump. ``sizes``: those that it names. ``deleted``: images that were, since it was made."""

    tally: BackupTally
    sizes: dict[BlobKey, int] = field(default_factory=dict)
    deleted: set[ImageId] = field(default_factory=set)
    is_settled: bool = True

    def __post_init__(self) -> None:
        self.tally.lost.clear()

    def count(self, event: BlobsThere | BlobSeen) -> None:
        match event:
            case BlobSeen(outcome=BlobOutcome.COPIED, size=size):
                self.tally.copied += 1
                self.tally.bytes_copied += size
            case BlobSeen(outcome=BlobOutcome.LOST, key=key, image=image):
                self.tally.lost[key] = image
            case BlobSeen(outcome=BlobOutcome.DELETED, image=image) if image is not None:
                self.deleted.add(image)
            case BlobSeen(outcome=BlobOutcome.REPLACED):
                self.is_settled = False


@dataclass(frozen=True, slots=True)
class MakeBackup:
    """Copy the database as it is at one moment, then the blobs that it names, and complete the backup at last.

    - Blobs are written once. So those that are in the place, in their full size, are not copied again. They are compared with
      their digests as they are copied.
    - An image that is deleted meanwhile is taken out of the dump. If one is given another blob before the earlier one was copied,
      the database is copied again. So the backup has every blob that its dump names, except for those that the store has lost.
    - Until its end, an earlier backup in the same place is the valid one. What only that one needs is removed after the end.
    """

    units: UnitsOfWork
    blobs: BlobStore
    dumps: Dumps
    place: BackupPlace
    copying: CopyBlob
    staging: Staging
    concurrency: Concurrency
    clock: Clock
    random_values: RandomValues

    async def __call__(self) -> AsyncGenerator[BackupEvent, None]:
        """The progress, and finally the tally.

        Raises:
            BackupPlaceTaken, BackupOfAnotherInstallation: something else is stored in the place.
            BackupOvertaken: another backup was completed in it meanwhile.
            BackupUnsettled: images were given other blobs again and again before these were copied.
        """
        before = await self.place.claim(await self._installation())
        present = {stat.key: stat.size async for stat in self.place.store.list()}
        tally = BackupTally()
        for _ in range(ROUNDS):
            made_at = self.clock.now()
            async with self.staging.outlet(DUMP_SIZE) as file:
                await self._dump(file)
                async with self.dumps.opened(file) as dump:
                    yield DumpMade(await _count(dump))
                    found = _Round(tally)
                    async with aclosing(self._copied(dump, present, found.sizes)) as seen:
                        async for each in seen:
                            found.count(each)
                            yield each
                    for key in await self._taken_out(dump, found.deleted):
                        found.sizes.pop(key, None)
                if found.is_settled:
                    tally.blobs, tally.bytes = len(found.sizes), sum(found.sizes.values())
                    await self._complete(before, file, tally, made_at)
                    for key in present.keys() - found.sizes.keys():
                        await self.place.store.delete(key)
                        tally.removed += 1
                    yield tally
                    return
        raise BackupUnsettled

    async def _installation(self) -> str:
        async with self.units.reading() as unit:
            bound = await unit.store_binding.read()
        if bound is None:
            raise StoreMismatch
        return installation_of(bound.identity)

    async def _dump(self, file: StagedPath) -> None:
        if await self.dumps.snapshot_to(file):
            return
        async with aclosing(CopyDatabase(self.dumps.dump_to(file))(dry_run=False)) as events:
            async for _ in events:
                pass

    async def _copied(
        self, dump: UnitsOfWork, present: dict[BlobKey, int], sizes: dict[BlobKey, int]
    ) -> AsyncGenerator[BlobsThere | BlobSeen, None]:
        """Copy the blobs that are not ``present``, and add them to it. ``sizes`` gets every blob that the dump names."""
        there = 0

        async def absent() -> AsyncIterator[tuple[BlobRecord, BlobFacts]]:
            nonlocal there
            async for record, facts in live_blobs(dump):
                sizes[record.key] = facts.size
                if present.get(record.key) == facts.size:
                    there += 1
                else:
                    yield record, facts

        async def one(blob: tuple[BlobRecord, BlobFacts]) -> BlobSeen:
            record, facts = blob
            if await self.copying.anew(record, self.blobs, self.place.store) is not CopyOutcome.COPIED:
                return await self._not_copied(dump, record.key, facts)
            present[record.key] = facts.size
            return BlobSeen(record.key, facts.size, BlobOutcome.COPIED)

        async with aclosing(self.concurrency.each(absent(), one, at_once=AT_ONCE)) as seen:
            async for each in seen:
                yield each
                passed, there = there, 0
                if passed:
                    yield BlobsThere(passed)
        if there:
            yield BlobsThere(there)

    async def _not_copied(self, dump: UnitsOfWork, key: BlobKey, facts: BlobFacts) -> BlobSeen:
        """Why: the store has lost it, or it was given up since the database was copied."""
        async with dump.reading() as unit:
            image = await unit.ledger.image_of(key)
        async with self.units.reading() as unit:
            now = await unit.ledger.find(key)
            if now is not None and now.state is BlobState.LIVE:
                return BlobSeen(key, facts.size, BlobOutcome.LOST, image)
            try:
                if image is not None:
                    await unit.images.get(image)
            except ImageNotFound:
                return BlobSeen(key, facts.size, BlobOutcome.DELETED, image)
        return BlobSeen(key, facts.size, BlobOutcome.REPLACED, image)

    async def _taken_out(self, dump: UnitsOfWork, images: Iterable[ImageId]) -> Iterable[BlobKey]:
        """Remove the images from the dump, and return the blobs that they had."""
        keys: set[BlobKey] = set()
        for id in images:
            async with dump.writing(in_maintenance=True) as unit:
                image = await unit.images.get(id)
                await unit.images.remove(image)
                for key in image.blobs():
                    await unit.ledger.doom(key, self.clock.now())
                await unit.commit()
            keys.update(image.blobs())
        return keys

    async def _complete(self, before: BackupMark, file: StagedPath, tally: BackupTally, made_at: datetime) -> None:
        store = self.place.store
        database = self.random_values.blob_key()
        await store.put(database, file)
        manifest = Manifest(
            installation=before.installation,
            made_at=made_at,
            schema=self.dumps.schema,
            database=StoredFile(database, await read_digest(store, database)),
            database_size=(await store.stat(database)).size,
            blobs=tally.blobs,
            size=tally.bytes,
            lost=frozenset(tally.lost),
        )
        key = self.random_values.blob_key()
        async with self.staging.receive() as writer:
            await writer.write(manifest.to_json())
            written = await writer.finish()
            await store.put(key, written.path)
        if not await self.place.complete(before, StoredFile(key, written.digest)):
            raise BackupOvertaken


async def _count(dump: UnitsOfWork) -> int:
    async with dump.reading() as unit:
        return await unit.ledger.count()
