"""The jobs that an event causes."""

from collections.abc import Sequence

from domain.model.jobs.job import JobReference
from domain.model.webhooks.delivery import Delivery
from domain.model.webhooks.event import ImageEvent
from domain.ports.database.unit_of_work import UnitOfWork


async def write_events(unit: UnitOfWork, events: Sequence[ImageEvent]) -> Sequence[JobReference]:
    """Write the deliveries of ``events``, all of one image, in the unit of work of the change that they tell of.

    There is one for each webhook of the image's user that wants the event. Returns them, to be announced after the commit.
    """
    if not events:
        return []
    webhooks = await unit.webhooks.list(events[0].image.user)
    deliveries = [
        Delivery(webhook.id, event.message).job(event.at)
        for event in events
        for webhook in webhooks
        if event.type in webhook.events
    ]
    return [(await unit.jobs.add(each)).reference for each in deliveries]
