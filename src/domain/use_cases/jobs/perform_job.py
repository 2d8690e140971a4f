"""Do a job of one kind, and keep its row up to date."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.model.jobs.job import JobId, JobReference, JobState
from domain.model.jobs.retry import Failure, RetryPolicy
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock
from domain.use_cases.jobs.try_job import failure_of


@dataclass(frozen=True, slots=True)
class PerformJob:
    """Give the job's payload to ``work``, the use case of its kind.

    - A finished job is removed.
    - A failed try is followed by others, after growing pauses; then the job is marked failed, for an operator to see.
    - A job may be done twice: when the process dies before the job is removed, or while it has lost its lease.
    - ``work`` raises a ``CalotypeError`` where it fails. One that says that a part is busy or unavailable is tried again
      however long it takes.
    """

    work: Callable[[str], Awaitable[None]]
    units: UnitsOfWork
    clock: Clock
    retries: RetryPolicy

    async def __call__(self, reference: JobReference) -> None:
        async with self.units.reading() as unit:
            job = await unit.jobs.find(JobId(reference.id))
        if job is None or job.state is not JobState.PENDING:
            return
        payload = job.payload
        failure = await failure_of(lambda: self.work(payload), job.attempts, self.retries)
        await self._record(job.id, failure)

    async def _record(self, id: JobId, failure: Failure | None) -> None:
        async with self.units.writing() as unit:
            job = await unit.jobs.find(id)
            if job is None or job.state is not JobState.PENDING:
                return
            if failure is None:
                await unit.jobs.remove(id)
            else:
                await unit.jobs.save(job.after_failure(failure, self.clock.now(), self.retries))
            await unit.commit()
