"""The contract of WebhookRepository, on every database."""

import pytest

from domain.model.access.access_key import Serial
from domain.model.access.user import UserId
from domain.model.remote.remote_url import RemoteUrl
from domain.model.webhooks.event import EventType
from domain.model.webhooks.webhook import Webhook, WebhookDraft, WebhookId
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON
from kit.fixtures.repositories import a_user

pytestmark = pytest.mark.anyio


async def added(database: Database, user: UserId, *paths: str) -> list[Webhook]:
    async with database.units.writing() as unit:
        webhooks = [
            await unit.webhooks.add(
                WebhookDraft(
                    user=user,
                    url=RemoteUrl.parse(f"https://example.org/{path}"),
                    events=frozenset(EventType),
                    serial=Serial(bytes(16)),
                    created_at=NOON,
                )
            )
            for path in paths
        ]
        await unit.commit()
    return webhooks


async def test_webhooks_are_listed_by_user_oldest_first(database: Database) -> None:
    ada, bob, eve = [await a_user(database, name) for name in ("ada", "bob", "eve")]
    first, second = await added(database, ada, "z", "a")
    (other,) = await added(database, bob, "a")
    async with database.units.reading() as unit:
        assert await unit.webhooks.list(ada) == [first, second]
        assert await unit.webhooks.list(bob) == [other]
        assert await unit.webhooks.list(eve) == []
        assert await unit.webhooks.list(None) == [first, second, other]
        assert await unit.webhooks.find(WebhookId(10**30)) is None


async def test_a_removed_webhook_is_gone_and_its_id_is_not_given_again(database: Database) -> None:
    ada = await a_user(database)
    kept, removed = await added(database, ada, "a", "b")
    async with database.units.writing() as unit:
        await unit.webhooks.remove(removed.id)
        await unit.webhooks.remove(WebhookId(999))
        await unit.commit()
    (newer,) = await added(database, ada, "c")
    async with database.units.reading() as unit:
        assert await unit.webhooks.list(ada) == [kept, newer]
        assert await unit.webhooks.find(removed.id) is None
    assert newer.id > removed.id


async def test_the_webhooks_of_a_removed_user_are_removed(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    await added(database, ada, "a")
    (other,) = await added(database, bob, "b")
    async with database.units.writing() as unit:
        await unit.users.remove(ada)
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.webhooks.list(None) == [other]
