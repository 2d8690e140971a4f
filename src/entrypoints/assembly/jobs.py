"""Background work: the queue, and how often a job is tried."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from adapters.jobs.embedded import EmbeddedJobQueue, EmbeddedQueuePace
from adapters.sql.transactions.database_url import libpq_url
from domain.errors import WebhookGone
from domain.model.jobs.retry import RetryPolicy
from entrypoints.assembly.database import DatabaseParts
from entrypoints.assembly.made import is_made
from entrypoints.assembly.system import SystemParts
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from adapters.jobs.procrastinate import ProcrastinateJobQueue


@dataclass(frozen=True)
class JobParts:
    settings: Settings
    system: SystemParts
    database: DatabaseParts

    @cached_property
    def queue(self) -> "EmbeddedJobQueue | ProcrastinateJobQueue":
        jobs, units, clock = self.settings.jobs, self.database.units, self.database.clock
        if jobs.engine == "procrastinate":
            from adapters.jobs.procrastinate import ProcrastinateJobQueue, ProcrastinatePace

            return ProcrastinateJobQueue(libpq_url(self.settings.database_url), units, clock, ProcrastinatePace())
        return EmbeddedJobQueue(units, clock, EmbeddedQueuePace(poll=jobs.poll, lease=jobs.lease))

    @cached_property
    def retries(self) -> RetryPolicy:
        return RetryPolicy(self.settings.jobs.attempts)

    @cached_property
    def delivery_retries(self) -> RetryPolicy:
        """For deliveries to other servers, which may be down for hours."""
        return RetryPolicy(
            self.settings.webhooks.attempts,
            first_delay=timedelta(seconds=10),
            longest_delay=timedelta(hours=6),
            final=frozenset({WebhookGone.code}),
        )

    async def close(self) -> None:
        if is_made(self, JobParts.queue):
            await self.queue.close()
