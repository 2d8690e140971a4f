"""Use cases of backups."""

from dataclasses import dataclass

from domain.use_cases.backups.backup_place import BackupPlace
from domain.use_cases.backups.make_backup import MakeBackup
from domain.use_cases.backups.open_backup import OpenBackup
from domain.use_cases.backups.restore_backup import RestoreBackup
from domain.use_cases.backups.verify_backup import VerifyBackup
from domain.use_cases.stores.copy_blob import CopyBlob
from entrypoints.assembly.parts import Parts


@dataclass(frozen=True)
class BackupUseCases:
    """``where`` names the place of a backup, as ``StorageParts.backup_store`` reads it."""

    parts: Parts

    def make_backup(self, where: str) -> MakeBackup:
        parts = self.parts
        return MakeBackup(
            units=parts.database.units,
            blobs=parts.storage.blobs,
            dumps=parts.database.dumps,
            place=self._place(where),
            copying=CopyBlob(parts.storage.staging),
            staging=parts.storage.staging,
            concurrency=parts.system.concurrency,
            clock=parts.system.clock,
            random_values=parts.system.random_values,
        )

    def verify_backup(self, where: str) -> VerifyBackup:
        return VerifyBackup(self._open_backup(where), self.parts.system.concurrency)

    def restore_backup(self, where: str) -> RestoreBackup:
        """Into the first store of the settings, and their database."""
        parts = self.parts
        return RestoreBackup(
            open_backup=self._open_backup(where),
            dumps=parts.database.dumps,
            units=parts.database.units,
            store=next(iter(parts.storage.stores.values())),
            copying=CopyBlob(parts.storage.staging),
            concurrency=parts.system.concurrency,
            random_values=parts.system.random_values,
        )

    def _open_backup(self, where: str) -> OpenBackup:
        return OpenBackup(self._place(where), self.parts.database.dumps, self.parts.storage.staging)

    def _place(self, where: str) -> BackupPlace:
        return BackupPlace(self.parts.storage.backup_store(where), self.parts.storage.staging)
