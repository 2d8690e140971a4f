"""Add, list, try out and remove webhooks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.errors import WebhookNotFound
from domain.model.access.user import User
from domain.model.webhooks.event import Message
from domain.model.webhooks.webhook import Webhook, WebhookDraft, WebhookId, wanted_events, webhook_url
from domain.ports.auth import WebhookSecrets
from domain.ports.database.unit_of_work import UnitOfWork, UnitsOfWork
from domain.ports.system import Clock, RandomValues
from domain.use_cases.access.find_user import find_user
from domain.use_cases.webhooks.send_message import SendMessage

TEST = "webhook.test"  # the type of an event that never happens


@dataclass(frozen=True, slots=True)
class AddWebhook:
    """Have events of a user's images sent to a URL from now on. Those that happened before are not sent."""

    units: UnitsOfWork
    clock: Clock
    random_values: RandomValues

    async def __call__(self, username: str, url: str, events: Iterable[str] = ()) -> Webhook:
        """The webhook. ``events`` are names of types; all if there are none.

        Raises:
            InvalidUrl, InvalidValue, UserNotFound: nothing is added.
        """
        address, wanted = webhook_url(url), wanted_events(events)
        async with self.units.writing() as unit:
            user = await find_user(unit, username)
            webhook = await unit.webhooks.add(
                WebhookDraft(
                    user=user.id,
                    url=address,
                    events=wanted,
                    serial=self.random_values.serial(),
                    created_at=self.clock.now(),
                )
            )
            await unit.commit()
        return webhook


@dataclass(frozen=True, slots=True)
class ListWebhooks:
    """The webhooks of one user, or of all users, oldest first, each with its user."""

    units: UnitsOfWork

    async def __call__(self, username: str | None = None) -> Sequence[tuple[Webhook, User]]:
        async with self.units.reading() as unit:
            users = {user.id: user for user in await unit.users.list()}
            only = (await find_user(unit, username)).id if username is not None else None
            return [(webhook, users[webhook.user]) for webhook in await unit.webhooks.list(only)]


@dataclass(frozen=True, slots=True)
class RemoveWebhook:
    """Remove a webhook. Its events that are not delivered yet are dropped.

    Raises:
        WebhookNotFound: there is none.
    """

    units: UnitsOfWork

    async def __call__(self, id: WebhookId) -> None:
        async with self.units.writing() as unit:
            await _found(unit, id)
            await unit.webhooks.remove(id)
            await unit.commit()


@dataclass(frozen=True, slots=True)
class ShowWebhookSecret:
    """The secret with which the receiver of a webhook verifies what it gets.

    Raises:
        WebhookNotFound: there is none.
    """

    units: UnitsOfWork
    secrets: WebhookSecrets

    async def __call__(self, id: WebhookId) -> str:
        async with self.units.reading() as unit:
            webhook = await _found(unit, id)
        return self.secrets.derive(webhook.serial)


@dataclass(frozen=True, slots=True)
class TryWebhook:
    """Send an event of the type ``webhook.test`` to a webhook, once.

    Raises:
        WebhookNotFound: there is none.
        WebhookRefused, RemoteUnreachable, …: it was not delivered, as far as is known.
    """

    units: UnitsOfWork
    send: SendMessage
    clock: Clock

    async def __call__(self, id: WebhookId) -> int:
        """The status of the answer."""
        async with self.units.reading() as unit:
            webhook = await _found(unit, id)
        return await self.send(webhook, Message.of(TEST, self.clock.now(), {"webhook": webhook.id}))


async def _found(unit: UnitOfWork, id: WebhookId) -> Webhook:
    webhook = await unit.webhooks.find(id)
    if webhook is None:
        raise WebhookNotFound
    return webhook
