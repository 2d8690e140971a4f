"""Webhooks in a table."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, select

from adapters.sql.schema.rows import WEBHOOK_COLUMNS, webhook_from, webhook_values
from adapters.sql.schema.tables import webhooks
from adapters.sql.transactions.connection import Connection
from domain.model.access.user import UserId
from domain.model.images.naming import LARGEST_INTEGER
from domain.model.webhooks.webhook import Webhook, WebhookDraft, WebhookId
from domain.ports.database.repositories import WebhookRepository

UNNUMBERED = WebhookId(0)  # until the database gives an id
THIS = webhooks.c.id == bindparam("this")

ADD = insert(webhooks).returning(webhooks.c.id)
ALL = select(*WEBHOOK_COLUMNS).order_by(webhooks.c.id)
FIND = ALL.where(THIS)
OF_USER = ALL.where(webhooks.c.user_id == bindparam("user"))
REMOVE = delete(webhooks).where(THIS)


class SqlWebhookRepository(WebhookRepository):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, draft: WebhookDraft) -> Webhook:
        inserted = await self._connection.execute(ADD, webhook_values(draft.with_id(UNNUMBERED)))
        return draft.with_id(WebhookId(inserted.value))

    async def find(self, id: WebhookId) -> Webhook | None:
        rows = (await self._connection.execute_by_key(FIND, {"this": min(id, LARGEST_INTEGER)})).rows
        return webhook_from(rows[0]) if rows else None

    async def list(self, user: UserId | None) -> Sequence[Webhook]:
        if user is None:
            found = await self._connection.execute(ALL)
        else:
            found = await self._connection.execute_by_key(OF_USER, {"user": user})
        return [webhook_from(row) for row in found.rows]

    async def remove(self, id: WebhookId) -> None:
        await self._connection.execute(REMOVE, {"this": id})
