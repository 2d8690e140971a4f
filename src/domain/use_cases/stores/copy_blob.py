"""Copy one blob from one store to another."""

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import BlobNotFound
from domain.model.storage.blob import BlobRecord
from domain.ports.blobs import BlobStore
from domain.ports.staging import Staging
from domain.use_cases.blobs.read_digest import read_digest


class CopyOutcome(StrEnum):
    """``there``: the new store has it already, or it is no longer needed. ``missing``: the old store does not have it.

    ``damaged``: its bytes in the old store are not those that were stored.
    """

    COPIED = "copied"
    THERE = "there"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class CopyBlob:
    """Copy a blob, and prove by its digest that the bytes that are read are those that were stored.

    - That the new store has the bytes that were read is a law of ``put``.
    - A blob that is in the new store already, in its full size, is not copied again: a store shows all of a put or none.
    - The blob of an upload that has not finished, or was given up, is copied as it is: its digest is not known yet.
    """

    staging: Staging

    async def __call__(self, record: BlobRecord, source: BlobStore, target: BlobStore) -> CopyOutcome:
        if await self.is_there(record, target):
            return CopyOutcome.THERE
        outcome = await self.anew(record, source, target)
        return CopyOutcome.THERE if record.facts is None and outcome is CopyOutcome.MISSING else outcome

    async def anew(self, record: BlobRecord, source: BlobStore, target: BlobStore) -> CopyOutcome:
        """Copy it without asking whether the new store has it. One that is there is replaced."""
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
            return CopyOutcome.MISSING
        return CopyOutcome.COPIED

    @staticmethod
    async def is_there(record: BlobRecord, target: BlobStore) -> bool:
        try:
            found = await target.stat(record.key)
        except BlobNotFound:
            return False
        return record.facts is None or found.size == record.facts.size

    @staticmethod
    async def is_whole(record: BlobRecord, store: BlobStore) -> bool:
        """Whether the store has the bytes that were stored, which are read. Those of an unfinished upload are not known."""
        try:
            digest = await read_digest(store, record.key)
        except BlobNotFound:
            return False
        return record.facts is None or digest == record.facts.digest
