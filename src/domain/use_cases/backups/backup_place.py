"""The place that the backups of one installation are in."""

from dataclasses import dataclass

from domain.errors import (
    BackupDamaged,
    BackupOfAnotherInstallation,
    BackupPlaceTaken,
    BlobNotFound,
    NoBackup,
)
from domain.model.storage.backup import BackupMark, Manifest, StoredFile
from domain.ports.blobs import MarkedStore
from domain.ports.staging import Staging
from domain.use_cases.backups.empty_store import is_empty
from domain.use_cases.blobs.read_digest import read_digest

LARGEST_MANIFEST = 256 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """A store whose mark names the manifest of the last complete backup.

    Beside the manifest it holds a dump of the database, and each blob under its key. Of several backups, those that are in the
    same place share the blobs. Nothing else than writing the mark completes a backup.
    """

    store: MarkedStore
    staging: Staging

    async def claim(self, installation: str) -> BackupMark:
        """The mark of the place, made if nothing is stored there.

        Raises:
            BackupPlaceTaken, BackupOfAnotherInstallation: something else is stored there.
        """
        text = await self.store.read()
        if text is None:
            if not await is_empty(self.store):
                raise BackupPlaceTaken
            mark = BackupMark(installation)
            await self.store.write(str(mark))
            return mark
        found = BackupMark.parse(text)
        if found is None:
            raise BackupPlaceTaken
        if found.installation != installation:
            raise BackupOfAnotherInstallation
        return found

    async def manifest(self) -> Manifest:
        """The manifest of the last complete backup.

        Raises:
            NoBackup: there is none.
            BackupDamaged, BackupTooNew: it cannot be read.
        """
        text = await self.store.read()
        mark = None if text is None else BackupMark.parse(text)
        if mark is None or mark.manifest is None:
            raise NoBackup
        await self.check(mark.manifest, "its manifest")
        read = bytearray()
        async with self.store.open(mark.manifest.key) as steps:
            async for step in steps:
                read += step
                if len(read) > LARGEST_MANIFEST:
                    raise BackupDamaged("its manifest is too large")
        return Manifest.from_json(bytes(read))

    async def check(self, file: StoredFile, what: str) -> None:
        """Return if the file is there, and whole.

        Raises:
            BackupDamaged: it is not.
        """
        try:
            if await read_digest(self.store, file.key) != file.digest:
                raise BackupDamaged(f"{what} has changed")
        except BlobNotFound as error:
            raise BackupDamaged(f"{what} is missing") from error

    async def complete(self, before: BackupMark, manifest: StoredFile) -> bool:
        """Make the backup with this manifest the last complete one. Returns False if another one was completed since ``before``."""
        text = await self.store.read()
        if text is None or BackupMark.parse(text) != before:
            return False
        await self.store.write(str(BackupMark(before.installation, manifest)))
        return True
