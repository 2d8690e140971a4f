"""Pending variants as a queue."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select, update

from adapters.sql.connection import PatientConnection
from adapters.sql.faults import faults
from adapters.sql.rows import Row, micros
from adapters.sql.tables import images, variants
from domain.model.blob import BlobKey
from domain.model.naming import ImageId
from domain.model.variant import VariantState
from domain.ports.repositories import VariantJob, VariantJobs, VariantTally

MORE = 32  # pictures looked at beyond those wanted, since other processes may hold the first ones
PENDING = variants.c.state == VariantState.PENDING.value


class SqlVariantJobs(VariantJobs):
    def __init__(self, connection: PatientConnection) -> None:
        self._connection = connection

    async def is_any_due(self, at: datetime) -> bool:
        with faults():
            found = await self._connection.execute(select(exists().where(PENDING, variants.c.due <= micros(at))))
            return bool(found.scalar_one())

    async def claim(self, *, at: datetime, until: datetime, limit: int) -> Sequence[VariantJob]:
        due = variants.c.due <= micros(at)
        longest_due = (
            select(variants.c.image_id, func.min(variants.c.due).label("due"))
            .where(PENDING, due)
            .group_by(variants.c.image_id)
            .order_by(func.min(variants.c.due), variants.c.image_id)
            .limit(limit + MORE)
            .subquery()
        )
        # The picture's row stands for its variants: who holds it is claiming or changing them.
        candidates = (
            select(images.c.id, images.c.blob_key)
            .join(longest_due, longest_due.c.image_id == images.c.id)
            .order_by(longest_due.c.due, images.c.id)
            .limit(limit)
            .with_for_update(of=images, skip_locked=True)
        )
        with faults():
            found = (await self._connection.execute(candidates)).all()
            if not found:
                return []
            claimed = await self._connection.execute(
                update(variants)
                .where(PENDING, due, variants.c.image_id.in_([row.id for row in found]))
                .values(attempts=variants.c.attempts + 1, due=micros(until))
                .returning(variants.c.image_id)
            )
            ours = set(claimed.scalars())  # others may have claimed some of them just before they were locked
        return [VariantJob(ImageId(row.id), BlobKey(row.blob_key)) for row in found if row.id in ours]

    async def extend(self, job: VariantJob, until: datetime) -> None:
        with faults():
            await self._connection.execute(
                update(variants).where(PENDING, variants.c.image_id == job.image).values(due=micros(until))
            )

    async def tally(self) -> VariantTally:
        with faults():
            counted = select(variants.c.state, func.count()).group_by(variants.c.state)
            rows: Sequence[Row] = (await self._connection.execute(counted)).all()
            found = {row[0]: row[1] for row in rows}
        return VariantTally(**{state.value: found.get(state.value, 0) for state in VariantState})
