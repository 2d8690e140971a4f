"""Look after events that could not be delivered."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import WebhookNotFound
from domain.model.jobs.job import Job, JobState
from domain.model.webhooks.delivery import DELIVER_WEBHOOK, Delivery, subject_of
from domain.model.webhooks.webhook import Webhook, WebhookId
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.use_cases.jobs.retry_jobs import RetryJobs

FAILED = frozenset({JobState.FAILED})


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """An event that could not be delivered, the job of it, and the webhook; None if that was removed since."""

    job: Job
    delivery: Delivery
    webhook: Webhook | None


@dataclass(frozen=True, slots=True)
class ListFailedDeliveries:
    """Events that could not be delivered, to one webhook or to any, longest due first."""

    units: UnitsOfWork

    async def __call__(self, webhook: WebhookId | None, limit: int) -> Sequence[FailedDelivery]:
        subject = None if webhook is None else subject_of(webhook)
        async with self.units.reading() as unit:
            jobs = await unit.jobs.list(states=FAILED, limit=limit, kind=DELIVER_WEBHOOK, subject=subject)
            deliveries = [Delivery.parse(job.payload) for job in jobs]
            webhooks = {id: await unit.webhooks.find(id) for id in {each.webhook for each in deliveries}}
        return [FailedDelivery(job, each, webhooks[each.webhook]) for job, each in zip(jobs, deliveries, strict=True)]


@dataclass(frozen=True, slots=True)
class RetryDeliveries:
    """Deliver the failed events of a webhook again, from now on.

    Raises:
        WebhookNotFound: there is none of this id, and no event of it either.
    """

    units: UnitsOfWork
    retry: RetryJobs

    async def __call__(self, id: WebhookId) -> int:
        """How many events will be delivered again. Those of a webhook that was removed are dropped by it."""
        retried = await self.retry(kind=DELIVER_WEBHOOK, subject=subject_of(id))
        async with self.units.reading() as unit:
            if not retried and await unit.webhooks.find(id) is None:
                raise WebhookNotFound
        return retried
