"""The ledger of blobs, and the binding to their store, in tables."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Delete, Update, bindparam, delete, exists, func, insert, or_, select, text, update

from adapters.sql.repositories.usage import count
from adapters.sql.schema.moments import micros, micros_or_none
from adapters.sql.schema.rows import (
    BINDING_COLUMNS,
    BLOB_COLUMNS,
    alternative_values,
    binding_from,
    binding_values,
    blob_from,
)
from adapters.sql.schema.tables import blobs, image_counts, store_binding, store_objections
from adapters.sql.transactions.connection import Connection, Rows
from domain.errors import BlobExpired
from domain.model.access.quota import NOTHING, Amount
from domain.model.access.user import UserId
from domain.model.images.naming import ImageId
from domain.model.storage.blob import Alternative, BlobFacts, BlobKey, BlobRecord, BlobState
from domain.model.storage.store_move import Binding
from domain.ports.database.blob_ledger import BlobLedger, StoreBinding

STAGED = blobs.c.state == BlobState.STAGED.value
DOOMED = blobs.c.state == BlobState.DOOMED.value
THIS = blobs.c.key == bindparam("this")

STAGE = insert(blobs).values(
    state=BlobState.STAGED.value,
    since=bindparam("at"),
    staged_at=bindparam("at"),
    held_for=bindparam("user"),
    held_images=bindparam("its_images"),
    held_bytes=bindparam("its_bytes"),
)
PROMOTE = (
    update(blobs)
    .where(THIS, STAGED)
    .values(
        state=BlobState.LIVE.value,
        since=bindparam("at"),
        digest=bindparam("its_digest"),
        size=bindparam("its_size"),
        media_type=bindparam("its_media_type"),
        image_id=bindparam("image"),
        held_for=None,
        alternative_key=bindparam("its_alternative_key"),
        alternative_digest=bindparam("its_alternative_digest"),
        alternative_size=bindparam("its_alternative_size"),
        alternative_media_type=bindparam("its_alternative_media_type"),
    )
)
HELD = (blobs.c.held_for, blobs.c.held_images, blobs.c.held_bytes)
DOOM = (
    update(blobs)
    .where(THIS, blobs.c.state.in_([BlobState.STAGED.value, BlobState.LIVE.value]))
    .values(state=BlobState.DOOMED.value, since=bindparam("at"), readable_until=bindparam("until"))
    .returning(*HELD)
)
ABANDON = update(blobs).where(THIS, STAGED).values(state=BlobState.DOOMED.value, since=bindparam("at")).returning(*HELD)
LEFT = (STAGED, blobs.c.since < bindparam("before"))
LOCK_HOLDERS = (
    select(image_counts.c.owner_id)
    .where(image_counts.c.owner_id.in_(select(blobs.c.held_for).where(*LEFT)))
    .order_by(image_counts.c.owner_id)
    .with_for_update()
)
EXPIRE = (
    update(blobs)
    .where(blobs.c.key.in_(select(blobs.c.key).where(*LEFT).order_by(blobs.c.key).with_for_update(skip_locked=True)))
    .values(state=BlobState.DOOMED.value, since=bindparam("at"))
    .returning(*HELD)
)
WITHDRAW = (
    update(blobs)
    .where(
        blobs.c.key.in_(  # locked in the order in which the sweep forgets them
            select(blobs.c.key)
            .where(DOOMED, blobs.c.image_id == bindparam("image"))
            .order_by(blobs.c.key)
            .with_for_update()
        )
    )
    .values(readable_until=None)
    .returning(blobs.c.key)
)
FORGET = delete(blobs).where(THIS, DOOMED)
FIND = select(*BLOB_COLUMNS).where(THIS)
IMAGE_OF = select(blobs.c.image_id).where(THIS)
BINDING = select(*BINDING_COLUMNS)


class SqlBlobLedger(BlobLedger):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def stage(self, key: BlobKey, at: datetime, held: Amount = NOTHING, *, user: UserId | None = None) -> None:
        of_user = {"user": user, "its_images": held.images, "its_bytes": held.bytes}
        await self._connection.execute_by_key(STAGE, {"key": key, "at": micros(at), **of_user})

    async def promote(
        self, key: BlobKey, facts: BlobFacts, at: datetime, *, image: ImageId, alternative: Alternative | None = None
    ) -> None:
        await self._change(
            PROMOTE,
            key,
            at=micros(at),
            its_digest=facts.digest,
            its_size=facts.size,
            its_media_type=facts.media_type,
            image=image,
            **{f"its_{name}": value for name, value in alternative_values(alternative).items()},
        )

    async def doom(self, key: BlobKey, at: datetime, *, readable_until: datetime | None = None) -> None:
        values = {"this": key, "at": micros(at), "until": micros_or_none(readable_until)}
        doomed = await self._connection.execute_by_key(DOOM, values)
        if not doomed.rows:
            raise BlobExpired
        await self._give_back(doomed.rows)

    async def abandon(self, key: BlobKey, at: datetime) -> None:
        abandoned = await self._connection.execute_by_key(ABANDON, {"this": key, "at": micros(at)})
        await self._give_back(abandoned.rows)

    async def withdraw(self, image: ImageId) -> Sequence[BlobKey]:
        withdrawn = await self._connection.execute(WITHDRAW, {"image": image})
        return [BlobKey(key) for (key,) in withdrawn.rows]

    async def expire(self, *, staged_before: datetime, at: datetime) -> int:
        # A new image locks the usage of its user before its blob, and a replaced one after it. So this locks usages first,
        # and then waits for no blob: one that is locked is being given to an image, or else expires at the next sweep.
        await self._connection.execute(LOCK_HOLDERS, {"before": micros(staged_before)})
        doomed = await self._connection.execute(EXPIRE, {"before": micros(staged_before), "at": micros(at)})
        await self._give_back(doomed.rows)
        return len(doomed.rows)

    async def due(self, *, before: datetime, limit: int, after: BlobKey | None = None) -> Sequence[BlobRecord]:
        moment = micros(before)
        unreadable = or_(blobs.c.readable_until.is_(None), blobs.c.readable_until < moment)
        found = await self._connection.execute(
            select(*BLOB_COLUMNS)
            .where(DOOMED, blobs.c.since < moment, unreadable, blobs.c.key > (after or ""))
            .order_by(blobs.c.key)
            .limit(limit)
        )
        return [blob_from(row) for row in found.rows]

    async def forget(self, key: BlobKey) -> None:
        await self._change(FORGET, key)

    async def find(self, key: BlobKey) -> BlobRecord | None:
        rows = (await self._connection.execute_by_key(FIND, {"this": key})).rows
        return blob_from(rows[0]) if rows else None

    async def image_of(self, key: BlobKey) -> ImageId | None:
        found = (await self._connection.execute_by_key(IMAGE_OF, {"this": key})).value
        return None if found is None else ImageId(found)

    async def count(self) -> int:
        counted = await self._connection.execute(select(func.count()).select_from(blobs))
        return int(counted.value)

    async def walk(self, *, after: BlobKey | None, limit: int) -> Sequence[BlobRecord]:
        query = select(*BLOB_COLUMNS).where(blobs.c.key > (after or "")).order_by(blobs.c.key).limit(limit)
        return [blob_from(row) for row in (await self._connection.execute(query)).rows]

    async def is_empty(self) -> bool:
        return not (await self._connection.execute(select(exists().select_from(blobs)))).value

    async def _give_back(self, held: Rows) -> None:
        """Reserve no longer what was held for keys that were staged until now. Those that were live hold nothing."""
        totals: dict[UserId, Amount] = {}
        for user, images, size in held:
            if user is not None:
                totals[user] = totals.get(user, NOTHING) + Amount(images, size)
        for user, total in sorted(totals.items()):  # in one order, so that two writers do not block each other
            await count(self._connection, user, NOTHING, total)

    async def _change(self, change: Update | Delete, key: BlobKey, **values: object) -> None:
        if (await self._connection.execute_by_key(change, {"this": key, **values})).count != 1:
            raise BlobExpired


class SqlStoreBinding(StoreBinding):
    def __init__(self, connection: Connection, *, locks: bool) -> None:
        self._connection = connection
        self._locks = locks

    async def read(self) -> Binding | None:
        if self._locks:  # the whole table, since there may be no row yet
            await self._connection.execute(text("LOCK TABLE store_binding IN EXCLUSIVE MODE"))
        rows = (await self._connection.execute(BINDING)).rows
        return binding_from(rows[0]) if rows else None

    async def write(self, binding: Binding) -> None:
        await self._connection.execute(delete(store_objections))
        await self._connection.execute(delete(store_binding))
        await self._connection.execute(insert(store_binding).values(id=1, **binding_values(binding)))

    async def object(self, process: str) -> None:
        if process not in await self.objections():
            await self._connection.execute(insert(store_objections).values(process=process))

    async def objections(self) -> Sequence[str]:
        rows = (await self._connection.execute(select(store_objections.c.process))).rows
        return sorted(process for (process,) in rows)
