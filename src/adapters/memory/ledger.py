"""The ledger of blobs in a dictionary."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.state import MemoryState
from domain.errors import BlobExpired
from domain.model.access.quota import NOTHING, Amount
from domain.model.access.user import UserId
from domain.model.images.naming import ImageId
from domain.model.storage.blob import Alternative, BlobFacts, BlobKey, BlobRecord, BlobState
from domain.model.storage.store_move import Binding
from domain.ports.database.blob_ledger import BlobLedger, StoreBinding


class MemoryBlobLedger(BlobLedger):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def stage(self, key: BlobKey, at: datetime, held: Amount = NOTHING, *, user: UserId | None = None) -> None:
        if user is not None:
            self._state.held[key] = user, held
        self._state.blobs[key] = BlobRecord(key=key, state=BlobState.STAGED, since=at, staged_at=at)

    async def promote(
        self, key: BlobKey, facts: BlobFacts, at: datetime, *, image: ImageId, alternative: Alternative | None = None
    ) -> None:
        record = self._expect(key, BlobState.STAGED)
        self._state.held.pop(key, None)
        self._state.blob_images[key] = image
        self._state.blobs[key] = replace(record, state=BlobState.LIVE, since=at, facts=facts, alternative=alternative)

    async def doom(self, key: BlobKey, at: datetime, *, readable_until: datetime | None = None) -> None:
        record = self._expect(key, BlobState.STAGED, BlobState.LIVE)
        self._state.held.pop(key, None)
        self._state.blobs[key] = replace(record, state=BlobState.DOOMED, since=at, readable_until=readable_until)

    async def abandon(self, key: BlobKey, at: datetime) -> None:
        record = self._state.blobs.get(key)
        if record is not None and record.state is BlobState.STAGED:
            await self.doom(key, at)

    async def withdraw(self, image: ImageId) -> Sequence[BlobKey]:
        withdrawn = [
            record
            for key, record in self._state.blobs.items()
            if record.state is BlobState.DOOMED and self._state.blob_images.get(key) == image
        ]
        for record in withdrawn:
            self._state.blobs[record.key] = replace(record, readable_until=None)
        return [record.key for record in withdrawn]

    async def expire(self, *, staged_before: datetime, at: datetime) -> int:
        late = [
            record
            for record in self._state.blobs.values()
            if record.state is BlobState.STAGED and record.since < staged_before
        ]
        for record in late:
            self._state.held.pop(record.key, None)
            self._state.blobs[record.key] = replace(record, state=BlobState.DOOMED, since=at)
        return len(late)

    async def due(self, *, before: datetime, limit: int, after: BlobKey | None = None) -> Sequence[BlobRecord]:
        found = [
            record
            for record in self._state.blobs.values()
            if record.state is BlobState.DOOMED
            and record.since < before
            and (record.readable_until is None or record.readable_until < before)
            and record.key > (after or "")
        ]
        return sorted(found, key=lambda record: record.key)[:limit]

    async def forget(self, key: BlobKey) -> None:
        self._expect(key, BlobState.DOOMED)
        del self._state.blobs[key]
        self._state.blob_images.pop(key, None)

    async def find(self, key: BlobKey) -> BlobRecord | None:
        return self._state.blobs.get(key)

    async def image_of(self, key: BlobKey) -> ImageId | None:
        return self._state.blob_images.get(key)

    async def count(self) -> int:
        return len(self._state.blobs)

    async def walk(self, *, after: BlobKey | None, limit: int) -> Sequence[BlobRecord]:
        keys = sorted(key for key in self._state.blobs if key > (after or ""))
        return [self._state.blobs[key] for key in keys[:limit]]

    async def is_empty(self) -> bool:
        return not self._state.blobs

    def _expect(self, key: BlobKey, *states: BlobState) -> BlobRecord:
        record = self._state.blobs.get(key)
        if record is None or record.state not in states:
            raise BlobExpired
        return record


class MemoryStoreBinding(StoreBinding):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def read(self) -> Binding | None:
        return self._state.binding

    async def write(self, binding: Binding) -> None:
        self._state.binding = binding
        self._state.objections = frozenset()

    async def object(self, process: str) -> None:
        self._state.objections |= {process}

    async def objections(self) -> Sequence[str]:
        return sorted(self._state.objections)
