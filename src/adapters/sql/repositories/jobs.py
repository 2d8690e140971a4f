"""Jobs in a table."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, func, insert, or_, select, update

from adapters.sql.schema.moments import micros
from adapters.sql.schema.rows import JOB_COLUMNS, job_from, job_values
from adapters.sql.schema.tables import jobs
from adapters.sql.transactions.connection import Connection
from domain.model.jobs.job import Job, JobDraft, JobId, JobKind, JobReference, JobState
from domain.ports.database.job_sources import JobRepository, JobSource

UNNUMBERED = JobId(0)  # until the database gives an id
PENDING = jobs.c.state == JobState.PENDING.value
ADD = insert(jobs).returning(jobs.c.id)


@lru_cache
def _pending(kinds: frozenset[JobKind]) -> ColumnElement[bool]:
    return and_(PENDING, jobs.c.kind.in_(sorted(kinds)))


@lru_cache
def _is_any_due(kinds: frozenset[JobKind]) -> Select[tuple[bool]]:
    return select(exists().where(_pending(kinds), jobs.c.due <= bindparam("at")))


class SqlJobSource(JobSource):
    def __init__(self, connection: Connection, kinds: frozenset[JobKind]) -> None:
        self._connection = connection
        self._ours = _pending(kinds)
        self._is_any_due = _is_any_due(kinds)

    async def is_any_due(self, at: datetime, *, busy: frozenset[str] = frozenset()) -> bool:
        query = self._is_any_due
        if busy:
            query = select(
                exists().where(self._ours, jobs.c.subject.not_in(sorted(busy)), jobs.c.due <= bindparam("at"))
            )
        found = await self._connection.execute(query, {"at": micros(at)})
        return bool(found.value)

    async def claim(
        self, *, at: datetime, until: datetime, limit: int, busy: frozenset[str] = frozenset()
    ) -> Sequence[JobReference]:
        return await self._move(at, limit, busy, attempts=jobs.c.attempts + 1, due=micros(until))

    async def claim_one(self, job: JobReference, *, until: datetime) -> bool:
        return await self._set(jobs.c.id == job.id, attempts=jobs.c.attempts + 1, due=micros(until)) == 1

    async def postpone(self, *, at: datetime, until: datetime, limit: int) -> Sequence[JobReference]:
        return await self._move(at, limit, frozenset(), due=micros(until))

    async def extend(self, job: JobReference, until: datetime) -> None:
        await self._set(jobs.c.id == job.id, due=micros(until))

    async def recall(self, *, at: datetime, fresh: datetime, tried: datetime) -> int:
        is_beyond = or_(jobs.c.attempts == 0, jobs.c.due > micros(tried))
        return await self._set(and_(jobs.c.due > micros(fresh), is_beyond), due=micros(at))

    async def _move(self, at: datetime, limit: int, busy: frozenset[str], **values: object) -> Sequence[JobReference]:
        """Give new values to up to ``limit`` jobs that are due, and return them. Those that others have locked are skipped."""
        idle = [jobs.c.subject.not_in(sorted(busy))] if busy else []
        query = (
            select(jobs.c.id, jobs.c.kind, jobs.c.subject)
            .where(self._ours, jobs.c.due <= micros(at), *idle)
            .order_by(jobs.c.due, jobs.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        found = (await self._connection.execute(query)).rows
        if found:
            await self._set(jobs.c.id.in_([id for id, _, _ in found]), **values)
        return [JobReference(JobKind(kind), id, subject) for id, kind, subject in found]

    async def _set(self, which: ColumnElement[bool], **values: object) -> int:
        return (await self._connection.execute(update(jobs).where(self._ours, which).values(values))).count


class SqlJobRepository(JobRepository):
    def __init__(self, connection: Connection, *, locks: bool) -> None:
        self._connection = connection
        self._locks = locks

    def of(self, kinds: frozenset[JobKind]) -> JobSource:
        return SqlJobSource(self._connection, kinds)

    async def add(self, draft: JobDraft) -> Job:
        row = job_values(draft.with_id(UNNUMBERED))
        inserted = await self._connection.execute_by_key(ADD, row)
        return draft.with_id(JobId(inserted.value))

    async def find(self, id: JobId) -> Job | None:
        query = select(*JOB_COLUMNS).where(jobs.c.id == id)
        rows = (await self._connection.execute(query.with_for_update() if self._locks else query)).rows
        return job_from(rows[0]) if rows else None

    async def save(self, job: Job) -> None:
        await self._connection.execute(update(jobs).where(jobs.c.id == job.id).values(job_values(job)))

    async def remove(self, id: JobId) -> None:
        await self._connection.execute(delete(jobs).where(jobs.c.id == id))

    async def drop(self, kind: JobKind, *, subject: str | None = None, containing: str = "") -> None:
        dropped = delete(jobs).where(jobs.c.kind == kind, jobs.c.payload.contains(containing, autoescape=True))
        await self._connection.execute(dropped if subject is None else dropped.where(jobs.c.subject == subject))

    async def list(
        self, *, states: frozenset[JobState], limit: int, kind: JobKind | None = None, subject: str | None = None
    ) -> Sequence[Job]:
        asked: list[ColumnElement[bool]] = [jobs.c.state.in_([state.value for state in states])]
        asked += [] if kind is None else [jobs.c.kind == kind]
        asked += [] if subject is None else [jobs.c.subject == subject]
        query = select(*JOB_COLUMNS).where(*asked).order_by(jobs.c.due, jobs.c.id).limit(limit)
        return [job_from(row) for row in (await self._connection.execute(query)).rows]

    async def tally(self) -> Mapping[tuple[JobKind, JobState], int]:
        query = select(jobs.c.kind, jobs.c.state, func.count()).group_by(jobs.c.kind, jobs.c.state)
        rows = (await self._connection.execute(query)).rows
        return {(JobKind(kind), JobState(state)): count for kind, state, count in rows}
