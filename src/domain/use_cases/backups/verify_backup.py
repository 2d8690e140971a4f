"""Read all of a backup, and compare it with its digests."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from domain.errors import BlobNotFound
from domain.model.images.naming import ImageId
from domain.model.storage.backup import Manifest
from domain.model.storage.blob import BlobFacts, BlobKey, BlobRecord
from domain.ports.concurrency import Concurrency
from domain.use_cases.backups.live_blobs import live_blobs
from domain.use_cases.backups.open_backup import OpenBackup
from domain.use_cases.blobs.read_digest import read_digest

AT_ONCE = 4  # blobs


class BlobCondition(StrEnum):
    """``lost``: the store did not have it whole when the backup was made."""

    WHOLE = "whole"
    MISSING = "missing"
    DAMAGED = "damaged"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class BackupFound:
    """There is a complete backup, and its database is whole."""

    manifest: Manifest


@dataclass(frozen=True, slots=True)
class BlobVerified:
    """``image``: the one that the blob is of, where it is not whole, and if it is known."""

    key: BlobKey
    condition: BlobCondition
    image: ImageId | None = None


VerifyEvent: TypeAlias = BackupFound | BlobVerified


@dataclass(frozen=True, slots=True)
class VerifyBackup:
    """Read everything that the last complete backup in a place consists of. It needs no installation."""

    open_backup: OpenBackup
    concurrency: Concurrency

    async def __call__(self) -> AsyncIterator[VerifyEvent]:
        """What was found.

        Raises:
            NoBackup, BackupDamaged, BackupTooNew: it cannot be restored.
        """
        async with self.open_backup() as backup:
            yield BackupFound(backup.manifest)
            store = self.open_backup.place.store

            async def one(blob: tuple[BlobRecord, BlobFacts]) -> BlobVerified:
                key, facts = blob[0].key, blob[1]
                if key in backup.manifest.lost:
                    condition = BlobCondition.LOST
                else:
                    try:
                        is_whole = await read_digest(store, key) == facts.digest
                        condition = BlobCondition.WHOLE if is_whole else BlobCondition.DAMAGED
                    except BlobNotFound:
                        condition = BlobCondition.MISSING
                if condition is BlobCondition.WHOLE:
                    return BlobVerified(key, condition)
                async with backup.dump.reading() as unit:
                    return BlobVerified(key, condition, await unit.ledger.image_of(key))

            async with aclosing(self.concurrency.each(live_blobs(backup.dump), one, at_once=AT_ONCE)) as verified:
                async for each in verified:
                    yield each
