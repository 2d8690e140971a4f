"""Bring one blob from a store to another."""

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import BlobNotFound
from domain.model.storage.blob import BlobRecord
from domain.ports.blobs import BlobStore
from domain.ports.staging import Staging


class CopyOutcome(StrEnum):
    """``missing``: the old store does not have it. ``damaged``: its bytes are not those that were stored."""

    COPIED = "copied"
    THERE = "there"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class CopyBlob:
    """Copy a blob, and prove by its digest that what was read is what was once stored.

    - The store proves that what it took is what was read: that is a law of ``put``.
    - A blob that is there already, in its full size, is not copied again: a store shows all of a put or nothing.
    - Of an upload that is under way, or was given up, whatever there is is copied: nobody knows its digest yet.
    """

    staging: Staging

    async def __call__(self, record: BlobRecord, source: BlobStore, target: BlobStore) -> CopyOutcome:
        if await self.is_there(record, target):
            return CopyOutcome.THERE
        try:
            async with self.staging.receive() as writer:
                async with source.open(record.key) as steps:
                    async for step in steps:
                        await writer.write(step)
                file = await writer.finish()
                if record.facts is not None and file.digest != record.facts.digest:
                    return CopyOutcome.DAMAGED
                await target.put(record.key, file.path)
        except BlobNotFound:
            return CopyOutcome.THERE if record.facts is None else CopyOutcome.MISSING
        return CopyOutcome.COPIED

    @staticmethod
    async def is_there(record: BlobRecord, target: BlobStore) -> bool:
        try:
            found = await target.stat(record.key)
        except BlobNotFound:
            return False
        return record.facts is None or found.size == record.facts.size
