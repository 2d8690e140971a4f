"""Remove bytes that no image points to."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import BlobExpired
from domain.model.storage.blob import BlobKey, BlobRecord
from domain.ports.blobs import BlobStore, StoreSwitch
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock

BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPolicy:
    """``grace``: how long it may take to store bytes, from the staging of their key to its promotion.

    ``pause``: how long the bytes of a doomed blob stay, so that clients who are being sent them get all of them.
    """

    grace: timedelta = timedelta(hours=1)
    pause: timedelta = timedelta(minutes=1)

    @classmethod
    def after_seconds(cls, grace: float) -> "SweepPolicy":
        return cls(grace=timedelta(seconds=grace))


@dataclass(frozen=True, slots=True)
class Swept:
    """How many staged keys a sweep gave up, and how many blobs it removed."""

    expired: int
    removed: int


@dataclass(frozen=True, slots=True)
class SweepBlobs:
    """Remove what was left by uploads that did not finish, and by images that were deleted or given other bytes.

    - A key that has been staged for longer than the grace is doomed. An upload that promotes it after that fails.
    - The bytes of a doomed key are removed first, and the key is forgotten after that.
    - A key that was never live is forgotten one grace after it was doomed: until then its bytes may still arrive.
    - During maintenance nothing is swept. A batch that began before it is removed to its end.
    - During a move to another store nothing is swept, since not all processes know both stores at once.
    - Sweeping twice, or in two processes at once, does no harm.
    """

    units: UnitsOfWork
    blobs: BlobStore
    clock: Clock
    policy: SweepPolicy
    switch: StoreSwitch

    async def __call__(self) -> Swept:
        now = self.clock.now()
        async with self.units.writing(urgent=True) as unit:
            expired = await unit.ledger.expire(staged_before=now - self.policy.grace, at=now)
            await unit.commit()
        await self.blobs.probe()  # bytes that cannot be seen must not be taken for bytes that are gone
        removed = 0
        last: BlobKey | None = None
        while True:
            async with self.units.reading() as unit:
                bound = await unit.store_binding.read()
                is_read_only = await unit.maintenance.since() is not None
                records = await unit.ledger.due(before=now - self.policy.pause, limit=BATCH, after=last)
            moves = bound is not None and (bound.move is not None or bound != self.switch.binding)
            if not records or moves or is_read_only:
                return Swept(expired, removed)
            last = records[-1].key
            for record in records:
                await self.blobs.delete(record.key)
            removed += len(records)
            async with self.units.writing(urgent=True) as unit:
                for record in records:
                    if self._is_settled(record, now):
                        with suppress(BlobExpired):  # another sweep forgot it first
                            await unit.ledger.forget(record.key)
                await unit.commit()

    def _is_settled(self, record: BlobRecord, now: datetime) -> bool:
        return record.facts is not None or record.since < now - self.policy.grace
