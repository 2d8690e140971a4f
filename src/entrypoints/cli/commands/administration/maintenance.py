"""``calotype maintenance``: a time in which nothing is written.

Use cases: maintenance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click
from msgspec import Struct

from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.printing import print_json
from entrypoints.schemas import moment

if TYPE_CHECKING:
    from datetime import datetime

    from entrypoints.assembly.application import Application


class MaintenanceObject(Struct, frozen=True):
    """``since``: null unless there is maintenance."""

    since: str | None


@click.group()
def maintenance() -> None:
    """Have nothing written for a while, for a backup, a restore or an upgrade.

    What is stored can be read meanwhile.
    """


@maintenance.command()
@pass_command
def on(command: CommandContext) -> None:
    """Refuse everything that would change what is stored, in all processes of the installation, and stop background jobs.

    When this command ends, no row is being written any more, and none will be until 'calotype maintenance off'.
    """

    async def work(app: Application) -> datetime:
        return await app.maintenance.begin()

    click.echo(f"nothing is written since {moment(command.run(work))}")


@maintenance.command()
@pass_command
def off(command: CommandContext) -> None:
    """Let everything write again."""

    async def work(app: Application) -> None:
        await app.maintenance.end()

    command.run(work)
    click.echo("everything can be written again")


@maintenance.command()
@json_option
@pass_command
def status(command: CommandContext, as_json: bool) -> None:
    """Show whether there is maintenance."""

    async def work(app: Application) -> datetime | None:
        return await app.maintenance.show()

    since = command.run(work)
    if as_json:
        print_json(MaintenanceObject(None if since is None else moment(since)))
    else:
        click.echo("off" if since is None else f"on: nothing is written since {moment(since)}")
