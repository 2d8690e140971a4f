"""Send a message to a webhook, signed."""

from dataclasses import dataclass

from domain.errors import WebhookGone, WebhookRefused
from domain.model.webhooks.event import Message
from domain.model.webhooks.webhook import Webhook
from domain.ports.auth import WebhookSecrets
from domain.ports.remote import RemoteServers
from domain.ports.system import Clock

GONE = 410


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send a message once, as Standard Webhooks describes it, with the time of this try."""

    servers: RemoteServers
    secrets: WebhookSecrets
    clock: Clock

    async def __call__(self, webhook: Webhook, message: Message) -> int:
        """The status of the answer: 2xx, so the message was delivered.

        Raises:
            WebhookGone, WebhookRefused: the answer has another status.
            AddressForbidden, RemoteUnreachable, RemoteTimedOut, RemoteFailed: there is none.
        """
        at, body = int(self.clock.now().timestamp()), message.body.encode()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(at),
            "webhook-signature": self.secrets.sign(webhook.serial, message.id, at, body),
        }
        status = await self.servers.send("POST", webhook.url, headers, body)
        if status == GONE:
            raise WebhookGone(status)
        if not 200 <= status < 300:
            raise WebhookRefused(status)
        return status
