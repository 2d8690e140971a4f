"""``calotype webhooks``: the servers that are told about the images of users.

Use cases: access/find_user, webhooks/failed_deliveries, webhooks/webhooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import rich_click as click
from msgspec import Struct

from domain.model.access.user import User
from domain.model.webhooks.event import EventType
from domain.model.webhooks.webhook import Webhook, WebhookId
from domain.use_cases.webhooks.failed_deliveries import FailedDelivery
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.own_name import own_name
from entrypoints.cli.printing import print_json, print_table
from entrypoints.cli.refusals import Refusals, about
from entrypoints.schemas import moment

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application


class WebhookObject(Struct, frozen=True):
    id: int
    user: str
    url: str
    events: list[str]
    created_at: str


class AddedWebhookObject(Struct, frozen=True):
    webhook: WebhookObject
    secret: str


class FailedDeliveryObject(Struct, frozen=True):
    """An event that was not delivered. ``url`` is null if the webhook was removed since. ``failure`` is an error code."""

    job: int
    webhook: int
    url: str | None
    message: str
    body: str
    attempts: int
    failure: str | None


id_argument = click.argument("id", type=click.IntRange(1))


@click.group()
def webhooks() -> None:
    """Have events of a user's images sent to other servers."""


@webhooks.command()
@click.argument("username")
@click.argument("url")
@click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice([each.value for each in EventType]),
    help="Event to send; repeat for several. Default: all.",
)
@json_option
@pass_command
def add(command: CommandContext, username: str, url: str, events: tuple[str, ...], as_json: bool) -> None:
    """Send events of a user's images to URL from now on. Prints the secret with which the receiver verifies them."""

    async def work(app: Application) -> AddedWebhookObject:
        webhook = await app.webhooks.add_webhook(username, url, events)
        user = await app.access.find_user(username)
        return AddedWebhookObject(_object(webhook, user), await app.webhooks.show_webhook_secret(webhook.id))

    added = command.run(work)
    if as_json:
        print_json(added)
        return
    click.echo(added.secret)
    webhook = added.webhook
    click.echo(
        f"webhook {webhook.id} for {webhook.user}: {webhook.url}\n"
        f"Its secret is shown again by: {own_name()} webhooks secret {webhook.id}",
        err=True,
    )


@webhooks.command("list")
@click.argument("username", required=False)
@json_option
@pass_command
def list_(command: CommandContext, username: str | None, as_json: bool) -> None:
    """List the webhooks of one user, or of all users."""

    async def work(app: Application) -> list[WebhookObject]:
        return [_object(webhook, user) for webhook, user in await app.webhooks.list_webhooks(username)]

    found = command.run(work)
    if as_json:
        print_json(found)
        return
    print_table(
        ("ID", "USER", "URL", "EVENTS"),
        [(str(each.id), each.user, each.url, _events(each.events)) for each in found],
    )


@webhooks.command()
@click.argument("ids", type=click.IntRange(1), nargs=-1, required=True, metavar="ID...")
@click.pass_context
@pass_command
def remove(command: CommandContext, context: click.Context, ids: tuple[int, ...]) -> None:
    """Send no more events to these webhooks. Those that are not delivered yet are dropped."""
    refusals = Refusals()

    async def work(app: Application) -> None:
        for id in ids:
            with refusals.about(f"webhook {id}"):
                await app.webhooks.remove_webhook(WebhookId(id))
                click.echo(f"removed {id}")

    command.run(work)
    context.exit(refusals.status)


@webhooks.command()
@id_argument
@pass_command
def secret(command: CommandContext, id: int) -> None:
    """Print only the secret with which the receiver verifies signatures."""

    async def work(app: Application) -> str:
        with about(f"webhook {id}"):
            return await app.webhooks.show_webhook_secret(WebhookId(id))

    click.echo(command.run(work))


@webhooks.command()
@id_argument
@pass_command
def test(command: CommandContext, id: int) -> None:
    """Send an event of the type webhook.test now, once, and print the status of the answer."""

    async def work(app: Application) -> int:
        with about(f"webhook {id}"):
            return await app.webhooks.try_webhook(WebhookId(id))

    click.echo(f"status {command.run(work)}")


@webhooks.command()
@click.option("--webhook", type=click.IntRange(1), metavar="ID", help="Only those for this webhook.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Maximum number of events.")
@json_option
@pass_command
def failed(command: CommandContext, webhook: int | None, limit: int, as_json: bool) -> None:
    """List events that could not be delivered, and why. They are kept for 30 days, or until they are retried with success."""

    async def work(app: Application) -> Sequence[FailedDelivery]:
        return await app.webhooks.list_failed_deliveries(None if webhook is None else WebhookId(webhook), limit)

    found = [_failed_object(each) for each in command.run(work)]
    if as_json:
        print_json(found)
        return
    print_table(
        ("JOB", "WEBHOOK", "URL", "MESSAGE", "TRIES", "FAILURE"),
        [
            (
                str(each.job),
                str(each.webhook),
                each.url or "(removed)",
                each.message,
                str(each.attempts),
                each.failure or "",
            )
            for each in found
        ],
    )


@webhooks.command()
@id_argument
@pass_command
def retry(command: CommandContext, id: int) -> None:
    """Deliver the failed events of the webhook with this ID again, from now on."""

    async def work(app: Application) -> int:
        with about(f"webhook {id}"):
            return await app.webhooks.retry_deliveries(WebhookId(id))

    click.echo(f"events to deliver again: {command.run(work)}")


def _events(names: Sequence[str]) -> str:
    return "all" if len(names) == len(EventType) else ", ".join(names)


def _object(webhook: Webhook, user: User) -> WebhookObject:
    return WebhookObject(
        id=webhook.id,
        user=user.username,
        url=str(webhook.url),
        events=sorted(webhook.events),
        created_at=moment(webhook.created_at),
    )


def _failed_object(failed: FailedDelivery) -> FailedDeliveryObject:
    return FailedDeliveryObject(
        job=failed.job.id,
        webhook=failed.delivery.webhook,
        url=None if failed.webhook is None else str(failed.webhook.url),
        message=failed.delivery.message.id,
        body=failed.delivery.message.body,
        attempts=failed.job.attempts,
        failure=failed.job.failure,
    )
