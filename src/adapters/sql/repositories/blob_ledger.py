"""The ledger of blobs, and the binding to their store, in tables."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, insert, or_, select, text, update

from adapters.sql.schema.faults import faults
from adapters.sql.schema.rows import (
    BINDING_COLUMNS,
    BLOB_COLUMNS,
    binding_from,
    binding_values,
    blob_from,
    micros,
    micros_or_none,
)
from adapters.sql.schema.tables import blobs, store_binding
from adapters.sql.transactions.connection import PatientConnection
from domain.errors import BlobExpired
from domain.model.images.naming import ImageId
from domain.model.storage.blob import BlobFacts, BlobKey, BlobRecord, BlobState
from domain.model.storage.store_move import Binding
from domain.ports.database.blob_ledger import BlobLedger, StoreBinding

STAGED = blobs.c.state == BlobState.STAGED.value
DOOMED = blobs.c.state == BlobState.DOOMED.value


class SqlBlobLedger(BlobLedger):
    def __init__(self, connection: PatientConnection) -> None:
        self._connection = connection

    async def stage(self, key: BlobKey, at: datetime) -> None:
        with faults():
            await self._connection.execute(
                insert(blobs).values(key=key, state=BlobState.STAGED.value, since=micros(at), staged_at=micros(at))
            )

    async def promote(self, key: BlobKey, facts: BlobFacts, at: datetime, *, image: ImageId) -> None:
        await self._move(
            key,
            STAGED,
            state=BlobState.LIVE.value,
            since=micros(at),
            digest=facts.digest,
            size=facts.size,
            media_type=facts.media_type,
            image_id=image,
        )

    async def doom(self, key: BlobKey, at: datetime, *, readable_until: datetime | None = None) -> None:
        await self._move(
            key,
            blobs.c.state.in_([BlobState.STAGED.value, BlobState.LIVE.value]),
            state=BlobState.DOOMED.value,
            since=micros(at),
            readable_until=micros_or_none(readable_until),
        )

    async def withdraw(self, image: ImageId) -> None:
        with faults():
            await self._connection.execute(
                update(blobs).where(DOOMED, blobs.c.image_id == image).values(readable_until=None)
            )

    async def expire(self, *, staged_before: datetime, at: datetime) -> int:
        with faults():
            doomed = await self._connection.execute(
                update(blobs)
                .where(STAGED, blobs.c.since < micros(staged_before))
                .values(state=BlobState.DOOMED.value, since=micros(at))
            )
            return doomed.rowcount

    async def due(self, *, before: datetime, limit: int, after: BlobKey | None = None) -> Sequence[BlobRecord]:
        moment = micros(before)
        unreadable = or_(blobs.c.readable_until.is_(None), blobs.c.readable_until < moment)
        with faults():
            rows = await self._connection.execute(
                select(*BLOB_COLUMNS)
                .where(DOOMED, blobs.c.since < moment, unreadable, blobs.c.key > (after or ""))
                .order_by(blobs.c.key)
                .limit(limit)
            )
            return [blob_from(row) for row in rows]

    async def forget(self, key: BlobKey) -> None:
        with faults():
            forgotten = await self._connection.execute(delete(blobs).where(blobs.c.key == key, DOOMED))
            if forgotten.rowcount != 1:
                raise BlobExpired

    async def find(self, key: BlobKey) -> BlobRecord | None:
        with faults():
            row = (await self._connection.execute(select(*BLOB_COLUMNS).where(blobs.c.key == key))).one_or_none()
        return blob_from(row) if row else None

    async def count(self) -> int:
        with faults():
            counted = await self._connection.execute(select(func.count()).select_from(blobs))
            return int(counted.scalar_one())

    async def walk(self, *, after: BlobKey | None, limit: int) -> Sequence[BlobRecord]:
        query = select(*BLOB_COLUMNS).where(blobs.c.key > (after or "")).order_by(blobs.c.key).limit(limit)
        with faults():
            return [blob_from(row) for row in await self._connection.execute(query)]

    async def is_empty(self) -> bool:
        with faults():
            return not (await self._connection.execute(select(exists().select_from(blobs)))).scalar_one()

    async def _move(self, key: BlobKey, expected: ColumnElement[bool], **values: object) -> None:
        with faults():
            moved = await self._connection.execute(update(blobs).where(blobs.c.key == key, expected).values(values))
            if moved.rowcount != 1:
                raise BlobExpired


class SqlStoreBinding(StoreBinding):
    def __init__(self, connection: PatientConnection, *, locks: bool) -> None:
        self._connection = connection
        self._locks = locks

    async def read(self) -> Binding | None:
        with faults():
            if self._locks:  # the whole table, since there may be no row yet
                await self._connection.execute(text("LOCK TABLE store_binding IN EXCLUSIVE MODE"))
            row = (await self._connection.execute(select(*BINDING_COLUMNS))).one_or_none()
        return binding_from(row) if row else None

    async def write(self, binding: Binding) -> None:
        with faults():
            await self._connection.execute(delete(store_binding))
            await self._connection.execute(insert(store_binding).values(id=1, **binding_values(binding)))
