"""Look after jobs that failed, of every kind but making variants."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.model.jobs.job import Job, JobId, JobKind, JobReference, JobState
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.jobs import JobQueue
from domain.ports.system import Clock

BATCH = 50  # jobs changed in one unit of work


@dataclass(frozen=True, slots=True)
class ListJobs:
    """Jobs in these states, longest due first."""

    units: UnitsOfWork

    async def __call__(self, states: frozenset[JobState], limit: int) -> Sequence[Job]:
        async with self.units.reading() as unit:
            return await unit.jobs.list(states=states, limit=limit)


@dataclass(frozen=True, slots=True)
class RetryJobs:
    """Have failed jobs tried again at once, as if for the first time: one job, those of a kind and subject, or all."""

    units: UnitsOfWork
    jobs: JobQueue
    clock: Clock

    async def __call__(
        self, job: JobReference | None = None, *, kind: JobKind | None = None, subject: str | None = None
    ) -> int:
        """How many jobs will be tried again: 0 if ``job`` did not fail or no longer exists."""
        if job is not None:
            return await self._retry([job])
        retried = 0
        while failed := await self._failed(kind, subject):
            retried += await self._retry(failed)
        return retried

    async def _failed(self, kind: JobKind | None, subject: str | None) -> list[JobReference]:
        failed = frozenset({JobState.FAILED})
        async with self.units.reading() as unit:
            found = await unit.jobs.list(states=failed, limit=BATCH, kind=kind, subject=subject)
        return [job.reference for job in found]

    async def _retry(self, references: Sequence[JobReference]) -> int:
        retried = []
        async with self.units.writing() as unit:
            for reference in sorted(references):  # in one order, so that two commands do not block each other
                job = await unit.jobs.find(JobId(reference.id))
                if job is not None and job.reference == reference and job.state is JobState.FAILED:
                    await unit.jobs.save(job.again(self.clock.now()))
                    retried.append(reference)
            await unit.commit()
        await self.jobs.put(retried)
        return len(retried)
