"""Webhooks in a dictionary."""

from collections.abc import Sequence

from adapters.memory.state import MemoryState
from domain.model.access.user import UserId
from domain.model.webhooks.webhook import Webhook, WebhookDraft, WebhookId
from domain.ports.database.repositories import WebhookRepository


class MemoryWebhookRepository(WebhookRepository):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def add(self, draft: WebhookDraft) -> Webhook:
        webhook = draft.with_id(WebhookId(self._state.next_id()))
        self._state.webhooks[webhook.id] = webhook
        return webhook

    async def find(self, id: WebhookId) -> Webhook | None:
        return self._state.webhooks.get(id)

    async def list(self, user: UserId | None) -> Sequence[Webhook]:
        return [each for each in self._state.webhooks.values() if user is None or each.user == user]

    async def remove(self, id: WebhookId) -> None:
        self._state.webhooks.pop(id, None)
