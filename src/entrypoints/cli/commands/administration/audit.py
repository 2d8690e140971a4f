"""``calotype audit``: who did what.

Use cases: audit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click
from msgspec import Struct

from domain.model.audit.record import Action
from domain.use_cases.audit import AuditedDeed
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.printing import complain, print_json, print_table
from entrypoints.schemas import moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from entrypoints.assembly.application import Application

UTC_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


class AuditObject(Struct, frozen=True):
    """``by``: key, ticket, log-in, cli or service. Users who were removed have no name."""

    at: str
    action: str
    by: str
    by_user: str | None
    by_key: int | None
    by_name: str
    address: str
    user: str | None
    subject: str
    detail: str


@click.group()
def audit() -> None:
    """Show who did what, if audit.table is set."""


@audit.command(name="list")
@click.option("--user", "username", metavar="USERNAME", help="Only what concerns this user, or was done by this user.")
@click.option("--action", type=click.Choice([each.value for each in Action]), help="Only this action.")
@click.option("--since", type=click.DateTime(UTC_FORMATS), help="Only from this time on, in UTC.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="The newest records.")
@json_option
@pass_command
def list_(
    command: CommandContext,
    *,
    username: str | None,
    action: str | None,
    since: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """List what was done, oldest first."""
    from datetime import UTC

    async def work(app: Application) -> Sequence[AuditedDeed]:
        return await app.audit.list_audit(
            username=username,
            action=None if action is None else Action(action),
            since=None if since is None else since.replace(tzinfo=UTC),
            limit=limit,
        )

    objects = [_object(each) for each in command.run(work)]
    if not command.settings().audit.table:
        complain("audit.table is off, so nothing is recorded now.")
    if as_json:
        print_json(objects)
        return
    print_table(
        ("AT", "ACTION", "BY", "USER", "SUBJECT", "DETAIL"),
        [(each.at, each.action, _by(each), each.user or "-", each.subject or "-", each.detail) for each in objects],
    )


def _object(audited: AuditedDeed) -> AuditObject:
    actor, deed = audited.record.actor, audited.record.deed
    return AuditObject(
        at=moment(audited.record.at),
        action=deed.action.value,
        by=actor.kind.value,
        by_user=audited.by_username,
        by_key=actor.key,
        by_name=actor.name,
        address=actor.address,
        user=audited.username,
        subject=deed.subject,
        detail=deed.detail,
    )


def _by(each: AuditObject) -> str:
    key = f"{each.by} {each.by_key}" if each.by_key else each.by
    return " ".join(part for part in (key, each.by_user or each.by_name, each.address) if part)
