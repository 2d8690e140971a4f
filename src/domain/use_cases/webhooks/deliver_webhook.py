"""Deliver one event to one webhook, in the background."""

from dataclasses import dataclass

from domain.model.webhooks.delivery import Delivery
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.use_cases.webhooks.send_message import SendMessage


@dataclass(frozen=True, slots=True)
class DeliverWebhook:
    """Send the message of a job to its webhook. It is delivered if the answer's status is 2xx.

    A message may arrive twice, with the same id: if the answer is lost, or the process dies before it records it. Nothing
    is sent if the webhook was removed.
    """

    units: UnitsOfWork
    send: SendMessage

    async def __call__(self, payload: str) -> None:
        """``payload`` is that of a ``Delivery``.

        Raises:
            WebhookRefused, RemoteUnreachable, …: it was not delivered, as far as is known.
        """
        delivery = Delivery.parse(payload)
        async with self.units.reading() as unit:
            webhook = await unit.webhooks.find(delivery.webhook)
        if webhook is not None:
            await self.send(webhook, delivery.message)
