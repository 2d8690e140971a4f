"""Pending variants as a source of jobs."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, false, func, not_, or_, select, update

from adapters.sql.schema.image_rows import VARIANT_COLUMNS, variant_from
from adapters.sql.schema.moments import micros
from adapters.sql.schema.tables import images, variants
from adapters.sql.transactions.connection import Connection
from domain.model.access.user import UserId
from domain.model.images.naming import ImageId, ImageName
from domain.model.images.variant import VariantSpec, VariantState, variants_job
from domain.model.jobs.job import JobReference
from domain.ports.database.job_sources import UnfinishedVariant, VariantJobs, VariantTally

MORE = 32  # additional images that are tried, since other processes may have locked the first ones
PENDING = variants.c.state == VariantState.PENDING.value
DUE = variants.c.due <= bindparam("at")

IS_ANY_DUE = select(exists().where(PENDING, DUE))
EXTEND = update(variants).where(PENDING, variants.c.image_id == bindparam("image")).values(due=bindparam("until"))
RECALL = (
    update(variants)
    .where(
        PENDING,
        variants.c.due > bindparam("fresh"),
        or_(variants.c.attempts == 0, variants.c.due > bindparam("tried")),
    )
    .values(due=bindparam("now"))
)
CLAIM_ONE = EXTEND.values(attempts=variants.c.attempts + 1)
LONGEST_DUE = (
    select(variants.c.image_id, func.min(variants.c.due).label("due"))
    .where(PENDING, DUE)
    .group_by(variants.c.image_id)
    .order_by(func.min(variants.c.due), variants.c.image_id)
    .limit(bindparam("most"))
    .subquery()
)
# The row of the image is the lock of its variants: a process locks it before it claims or changes them.
LOCK_DUE = (
    select(images.c.id)
    .join(LONGEST_DUE, LONGEST_DUE.c.image_id == images.c.id)
    .order_by(LONGEST_DUE.c.due, images.c.id)
    .limit(bindparam("limit"))
    .with_for_update(of=images, skip_locked=True)
)


class SqlVariantJobs(VariantJobs):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def is_any_due(self, at: datetime, *, busy: frozenset[str] = frozenset()) -> bool:  # noqa: ARG002  # variants have no subject
        found = await self._connection.execute(IS_ANY_DUE, {"at": micros(at)})
        return bool(found.value)

    async def claim(
        self,
        *,
        at: datetime,
        until: datetime,
        limit: int,
        busy: frozenset[str] = frozenset(),  # noqa: ARG002  # variants have no subject
    ) -> Sequence[JobReference]:
        return await self._move(at, limit, attempts=variants.c.attempts + 1, due=micros(until))

    async def postpone(self, *, at: datetime, until: datetime, limit: int) -> Sequence[JobReference]:
        return await self._move(at, limit, due=micros(until))

    async def claim_one(self, job: JobReference, *, until: datetime) -> bool:
        claimed = await self._connection.execute_by_key(CLAIM_ONE, {"image": job.id, "until": micros(until)})
        return claimed.count > 0

    async def extend(self, job: JobReference, until: datetime) -> None:
        await self._connection.execute_by_key(EXTEND, {"image": job.id, "until": micros(until)})

    async def recall(self, *, at: datetime, fresh: datetime, tried: datetime) -> int:
        moments = {"now": micros(at), "fresh": micros(fresh), "tried": micros(tried)}
        return (await self._connection.execute(RECALL, moments)).count

    async def _move(self, at: datetime, limit: int, **values: object) -> Sequence[JobReference]:
        """Give new values to the variants that are due of up to ``limit`` images, and return the jobs of these."""
        found = await self._lock_due(at, limit)
        if not found:
            return []
        moved = await self._connection.execute(
            update(variants)
            .where(PENDING, variants.c.due <= micros(at), variants.c.image_id.in_(found))
            .values(values)
            .returning(variants.c.image_id)
        )
        ours = {id for (id,) in moved.rows}  # other processes may have claimed some just before they were locked here
        return [variants_job(id) for id in found if id in ours]

    async def _lock_due(self, at: datetime, limit: int) -> Sequence[ImageId]:
        limits = {"at": micros(at), "most": limit + MORE, "limit": limit}
        return [ImageId(id) for (id,) in (await self._connection.execute(LOCK_DUE, limits)).rows]

    async def tally(self) -> VariantTally:
        counted = select(variants.c.state, func.count()).group_by(variants.c.state)
        rows = (await self._connection.execute(counted)).rows
        found = {row[0]: row[1] for row in rows}
        return VariantTally(**{state.value: found.get(state.value, 0) for state in VariantState})

    async def unfinished(self, *, states: frozenset[VariantState], limit: int) -> Sequence[UnfinishedVariant]:
        query = (
            select(images.c.id, images.c.name, images.c.owner_id, *VARIANT_COLUMNS)
            .join(images, images.c.id == variants.c.image_id)
            .where(variants.c.state.in_([state.value for state in states]))
            .order_by(variants.c.due, images.c.id, variants.c.name)
            .limit(limit)
        )
        rows = (await self._connection.execute(query)).rows
        return [
            UnfinishedVariant(ImageId(row[0]), ImageName(row[1]), UserId(row[2]), variant_from(row[3:])) for row in rows
        ]

    async def census(self) -> tuple[int, Mapping[tuple[str, str], int]]:
        counted = select(variants.c.name, variants.c.recipe, func.count()).group_by(variants.c.name, variants.c.recipe)
        number = (await self._connection.execute(select(func.count()).select_from(images))).value
        rows = (await self._connection.execute(counted)).rows
        return number, {(row[0], row[1]): row[2] for row in rows}

    async def unlike(
        self, specs: Sequence[VariantSpec], *, after: ImageId, limit: int
    ) -> tuple[Sequence[ImageId], ImageId | None]:
        window = select(images.c.id).where(images.c.id > after).order_by(images.c.id).limit(limit)
        its = select(func.count()).where(variants.c.image_id == images.c.id)
        named = (and_(variants.c.name == each.name, variants.c.recipe == each.recipe) for each in specs)
        are_all = its.scalar_subquery() == len(specs)
        are_right = its.where(or_(false(), *named)).scalar_subquery() == len(specs)
        looked_at = [id for (id,) in (await self._connection.execute(window)).rows]
        if not looked_at:
            return [], None
        unlike = select(images.c.id).where(
            images.c.id > after, images.c.id <= looked_at[-1], not_(and_(are_all, are_right))
        )
        different = (await self._connection.execute(unlike.order_by(images.c.id))).rows
        return [ImageId(id) for (id,) in different], ImageId(looked_at[-1])
