"""Remove bytes that no picture points to."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import BlobExpired
from domain.model.storage.blob import BlobKey, BlobRecord
from domain.ports.blobs import BlobStore, StoreSwitch
from domain.ports.system import Clock
from domain.ports.unit_of_work import UnitsOfWork

BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPolicy:
    """``grace``: how long bytes may be on their way into the store, from the staging of their key to its promotion.

    ``pause``: how long after its doom a blob's bytes stay, so that whoever is being sent them gets them all.
    """

    grace: timedelta = timedelta(hours=1)
    pause: timedelta = timedelta(minutes=1)

    @classmethod
    def after_seconds(cls, grace: float) -> "SweepPolicy":
        return cls(grace=timedelta(seconds=grace))


@dataclass(frozen=True, slots=True)
class Swept:
    """How many keys a sweep gave up waiting for, and how many blobs it removed."""

    expired: int
    removed: int


@dataclass(frozen=True, slots=True)
class SweepBlobs:
    """Remove what uploads left behind that never ended, and what deleted and replaced pictures left.

    - A key that has been staged for longer than the grace is doomed; an upload that still promotes it then fails.
    - The bytes of doomed keys are removed; only then is the key forgotten.
    - A key that was never live is forgotten one grace after its doom: till then a late put may still land there.
    - While the store moves, no bytes are removed: the old store stays as it is until the move is finished.
    - Sweeping twice, or in two processes at once, does no harm.
    """

    units: UnitsOfWork
    blobs: BlobStore
    clock: Clock
    policy: SweepPolicy
    switch: StoreSwitch

    async def __call__(self) -> Swept:
        now = self.clock.now()
        async with self.units.writing() as unit:
            expired = await unit.ledger.expire(staged_before=now - self.policy.grace, at=now)
            await unit.commit()
        await self.blobs.probe()  # a store that is away, or another one, must not pass for one that has nothing
        removed = 0
        last: BlobKey | None = None
        while True:
            async with self.units.reading() as unit:
                bound = await unit.store_binding.read()
                records = await unit.ledger.due(before=now - self.policy.pause, limit=BATCH, after=last)
            moves = bound is not None and (bound.move is not None or bound != self.switch.binding)
            if not records or moves:
                return Swept(expired, removed)
            last = records[-1].key
            for record in records:
                await self.blobs.delete(record.key)
            removed += len(records)
            async with self.units.writing() as unit:
                for record in records:
                    if self._is_settled(record, now):
                        with suppress(BlobExpired):  # another sweep forgot it first
                            await unit.ledger.forget(record.key)
                await unit.commit()

    def _is_settled(self, record: BlobRecord, now: datetime) -> bool:
        return record.facts is not None or record.since < now - self.policy.grace
