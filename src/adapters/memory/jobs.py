"""Jobs in a dictionary."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.state import MemoryState
from domain.model.jobs.job import Job, JobDraft, JobId, JobKind, JobReference, JobState
from domain.ports.database.job_sources import JobRepository, JobSource


class MemoryJobSource(JobSource):
    def __init__(self, state: MemoryState, kinds: frozenset[JobKind]) -> None:
        self._state = state
        self._kinds = kinds

    async def is_any_due(self, at: datetime, *, busy: frozenset[str] = frozenset()) -> bool:
        return any(job.subject not in busy for job in self._due(at))

    async def claim(
        self, *, at: datetime, until: datetime, limit: int, busy: frozenset[str] = frozenset()
    ) -> Sequence[JobReference]:
        found = [job for job in self._due(at) if job.subject not in busy][:limit]
        for job in found:
            self._state.jobs[job.id] = replace(job, attempts=job.attempts + 1, due=until)
        return [job.reference for job in found]

    async def claim_one(self, job: JobReference, *, until: datetime) -> bool:
        found = self._pending(job)
        if found is None:
            return False
        self._state.jobs[found.id] = replace(found, attempts=found.attempts + 1, due=until)
        return True

    async def postpone(self, *, at: datetime, until: datetime, limit: int) -> Sequence[JobReference]:
        found = self._due(at)[:limit]
        for job in found:
            self._state.jobs[job.id] = replace(job, due=until)
        return [job.reference for job in found]

    async def extend(self, job: JobReference, until: datetime) -> None:
        found = self._pending(job)
        if found is not None:
            self._state.jobs[found.id] = replace(found, due=until)

    async def recall(self, *, at: datetime, fresh: datetime, tried: datetime) -> int:
        beyond = [
            job
            for job in self._state.jobs.values()
            if self._is_ours(job) and job.due > (tried if job.attempts else fresh)
        ]
        for job in beyond:
            self._state.jobs[job.id] = replace(job, due=at)
        return len(beyond)

    def _due(self, at: datetime) -> list[Job]:
        """The jobs that are due, longest due first."""
        due = [job for job in self._state.jobs.values() if self._is_ours(job) and job.due <= at]
        return sorted(due, key=lambda job: (job.due, job.id))

    def _pending(self, job: JobReference) -> Job | None:
        found = self._state.jobs.get(JobId(job.id))
        return found if found is not None and self._is_ours(found) else None

    def _is_ours(self, job: Job) -> bool:
        return job.kind in self._kinds and job.state is JobState.PENDING


class MemoryJobRepository(JobRepository):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def of(self, kinds: frozenset[JobKind]) -> JobSource:
        return MemoryJobSource(self._state, kinds)

    async def add(self, draft: JobDraft) -> Job:
        job = draft.with_id(JobId(self._state.next_id()))
        self._state.jobs[job.id] = job
        return job

    async def find(self, id: JobId) -> Job | None:
        return self._state.jobs.get(id)

    async def save(self, job: Job) -> None:
        if job.id in self._state.jobs:
            self._state.jobs[job.id] = job

    async def remove(self, id: JobId) -> None:
        self._state.jobs.pop(id, None)

    async def drop(self, kind: JobKind, *, subject: str | None = None, containing: str = "") -> None:
        for job in list(self._state.jobs.values()):
            if job.kind == kind and subject in (None, job.subject) and containing in job.payload:
                del self._state.jobs[job.id]

    async def list(
        self, *, states: frozenset[JobState], limit: int, kind: JobKind | None = None, subject: str | None = None
    ) -> Sequence[Job]:
        found = [
            job
            for job in self._state.jobs.values()
            if job.state in states and kind in (None, job.kind) and subject in (None, job.subject)
        ]
        return sorted(found, key=lambda job: (job.due, job.id))[:limit]

    async def tally(self) -> Mapping[tuple[JobKind, JobState], int]:
        return Counter((job.kind, job.state) for job in self._state.jobs.values())
