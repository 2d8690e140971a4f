"""Restore a backup into a new database and a store."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeAlias

from domain.errors import DatabaseHasNewer, DatabaseOfAnotherInstallation, InstallationNotEmpty
from domain.model.images.naming import ImageId
from domain.model.storage.backup import Manifest
from domain.model.storage.blob import BlobFacts, BlobKey, BlobRecord
from domain.model.storage.store_move import Binding, installation_of
from domain.ports.blobs import MarkedStore
from domain.ports.concurrency import Concurrency
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.dumps import Dumps
from domain.ports.system import RandomValues
from domain.use_cases.backups.empty_store import is_empty
from domain.use_cases.backups.live_blobs import live_blobs
from domain.use_cases.backups.open_backup import OpenBackup, OpenedBackup
from domain.use_cases.databases.copy_database import BatchDone, CopyBegun, CopyDatabase
from domain.use_cases.stores.copy_blob import CopyBlob, CopyOutcome

AT_ONCE = 4  # blobs
UNFINISHED = "restoring"


@dataclass(frozen=True, slots=True)
class RestoreBegun:
    """Nothing is changed yet."""

    manifest: Manifest


@dataclass(frozen=True, slots=True)
class RowsBegun:
    """``rows``: how many there are."""

    rows: int


@dataclass(frozen=True, slots=True)
class RowsRestored:
    """So many more."""

    rows: int


@dataclass(frozen=True, slots=True)
class BlobRestored:
    """``image``: the one that the blob is of, where it is missing or damaged in the backup, and if it is known."""

    key: BlobKey
    size: int
    outcome: CopyOutcome
    image: ImageId | None = None


RestoreEvent: TypeAlias = RestoreBegun | RowsBegun | RowsRestored | BlobRestored


@dataclass(frozen=True, slots=True)
class RestoreBackup:
    """Copy a backup's database and blobs to where there are none.

    - Until its end, the store has a mark that the database does not name. So nothing can use them, and a restore that was
      stopped goes on when it is run again.
    - A store that has a mark of the same installation may have blobs already: the database alone was lost. Those that are whole
      stay as they are, and so do those that the backup does not know.
    - A store without a mark gets a fresh one, so that the store of the original installation is never taken for it.
    """

    open_backup: OpenBackup
    dumps: Dumps
    units: UnitsOfWork
    store: MarkedStore
    copying: CopyBlob
    concurrency: Concurrency
    random_values: RandomValues

    async def __call__(self) -> AsyncGenerator[RestoreEvent, None]:
        """The progress.

        Raises:
            NoBackup, BackupDamaged, BackupTooNew: it cannot be restored.
            InstallationInUse, InstallationNotEmpty: it cannot be restored here.
            DatabasesDiffer: another process wrote to the database.
        """
        await self.dumps.check_unused()
        async with self.open_backup() as backup:
            known = await self.store.read()
            mark = await self._mark(known, backup.manifest)
            yield RestoreBegun(backup.manifest)
            async with backup.dump.writing(in_maintenance=True) as unit:
                await unit.store_binding.write(Binding(f"{UNFINISHED} {backup.manifest.database.key}"[:32]))
                await unit.commit()
            await self.store.write(mark)
            try:
                async with aclosing(self._rows(backup)) as rows:
                    async for each in rows:
                        yield each
            except InstallationNotEmpty:
                if known is None:
                    await self.store.erase()
                raise
            async with aclosing(self._blobs(backup)) as blobs:
                async for blob in blobs:
                    yield blob
        async with self.units.writing(in_maintenance=True) as unit:
            await unit.store_binding.write(Binding(mark))
            await unit.commit()

    async def _mark(self, mark: str | None, manifest: Manifest) -> str:
        """The mark that the store will have. Now it has ``mark``."""
        if mark is None:
            if not await is_empty(self.store):
                raise InstallationNotEmpty("store")
            identity = self.random_values.store_identity()
            return manifest.installation + identity[len(manifest.installation) :]
        if installation_of(mark) != manifest.installation:
            raise InstallationNotEmpty("store")
        return mark

    async def _rows(self, backup: OpenedBackup) -> AsyncGenerator[RestoreEvent, None]:
        try:
            async with aclosing(CopyDatabase(self.dumps.load_from(backup.file))(dry_run=False)) as events:
                async for event in events:
                    match event:
                        case CopyBegun(rows=rows):
                            yield RowsBegun(rows)
                        case BatchDone(rows=rows):
                            yield RowsRestored(rows)
        except (DatabaseHasNewer, DatabaseOfAnotherInstallation) as error:
            raise InstallationNotEmpty("database") from error

    async def _blobs(self, backup: OpenedBackup) -> AsyncGenerator[BlobRestored, None]:
        source = self.open_backup.place.store

        async def one(blob: tuple[BlobRecord, BlobFacts]) -> BlobRestored:
            record, facts = blob
            if await self.copying.is_whole(record, self.store):
                return BlobRestored(record.key, facts.size, CopyOutcome.THERE)
            outcome = await self.copying.anew(record, source, self.store)
            if outcome is CopyOutcome.COPIED:
                return BlobRestored(record.key, facts.size, outcome)
            async with backup.dump.reading() as unit:
                return BlobRestored(record.key, facts.size, outcome, await unit.ledger.image_of(record.key))

        async with aclosing(self.concurrency.each(live_blobs(backup.dump), one, at_once=AT_ONCE)) as restored:
            async for each in restored:
                yield each
