"""Open a backup to read it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from domain.errors import BackupTooNew
from domain.model.storage.backup import Manifest
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.dumps import Dumps
from domain.ports.staging import StagedPath, Staging
from domain.use_cases.backups.backup_place import BackupPlace

DUMP_SIZE = 2**30  # bytes: too many for a file in memory


@dataclass(frozen=True, slots=True)
class OpenedBackup:
    """A backup that is read. ``file`` is a copy of its dump, with the schema of this version; ``dump`` is what it holds."""

    manifest: Manifest
    file: StagedPath
    dump: UnitsOfWork


@dataclass(frozen=True, slots=True)
class OpenBackup:
    """Opens the last complete backup in a place. The place is not changed."""

    place: BackupPlace
    dumps: Dumps
    staging: Staging

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[OpenedBackup]:
        """
        Raises:
            NoBackup: there is no complete backup.
            BackupDamaged: its manifest or its database is.
            BackupTooNew: a newer version of Calotype made it.
        """
        manifest = await self.place.manifest()
        if manifest.schema > self.dumps.schema:
            raise BackupTooNew(f"schema {manifest.schema}", f"schema {self.dumps.schema}")
        await self.place.check(manifest.database, "its database")
        async with self.staging.inlet() as received, self.staging.outlet(DUMP_SIZE) as file:
            await self.place.store.fetch(manifest.database.key, received)
            await self.dumps.duplicate(received, file)
            async with self.dumps.opened(file) as dump:
                yield OpenedBackup(manifest, file, dump)
