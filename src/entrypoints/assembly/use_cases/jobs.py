"""Use cases of jobs of every kind but making variants."""

from dataclasses import dataclass
from functools import cached_property

from domain.model.images.purging import PURGE_CACHE
from domain.model.images.refining import REFINE_IMAGE
from domain.model.webhooks.delivery import DELIVER_WEBHOOK
from domain.use_cases.jobs.find_oldest_job import FindOldestJob
from domain.use_cases.jobs.forget_failed_jobs import ForgetFailedJobs
from domain.use_cases.jobs.recall_jobs import RecallJobs
from domain.use_cases.jobs.retry_jobs import ListJobs, RetryJobs
from domain.use_cases.jobs.tally_jobs import TallyJobs
from entrypoints.assembly.parts import Parts


@dataclass(frozen=True)
class JobUseCases:
    parts: Parts

    @cached_property
    def list_jobs(self) -> ListJobs:
        return ListJobs(units=self.parts.database.units)

    @cached_property
    def retry_jobs(self) -> RetryJobs:
        return RetryJobs(units=self.parts.database.units, jobs=self.parts.jobs.queue, clock=self.parts.system.clock)

    @cached_property
    def forget_failed_jobs(self) -> ForgetFailedJobs:
        return ForgetFailedJobs(units=self.parts.database.units, clock=self.parts.system.clock)

    @cached_property
    def recall_jobs(self) -> RecallJobs:
        parts = self.parts
        return RecallJobs(
            units=parts.database.units,
            clock=parts.database.clock,
            kinds=frozenset({DELIVER_WEBHOOK, PURGE_CACHE, REFINE_IMAGE}),
            longest_pauses=(parts.jobs.retries.longest_delay, parts.jobs.delivery_retries.longest_delay),
        )

    @cached_property
    def tally_jobs(self) -> TallyJobs:
        return TallyJobs(units=self.parts.database.units)

    @cached_property
    def find_oldest_job(self) -> FindOldestJob:
        return FindOldestJob(units=self.parts.database.units, clock=self.parts.database.clock)
