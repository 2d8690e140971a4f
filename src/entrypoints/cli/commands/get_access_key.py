"""``calotype get-access-key``: the one command that every new user waits for, so it imports little.

Use cases: access/access_keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from entrypoints.cli.command_context import DEFAULT_USER, CommandContext, pass_command

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application


@click.command("get-access-key")
@click.argument("username", default=DEFAULT_USER)
@pass_command
def get_access_key(command: CommandContext, username: str) -> None:
    """Print only the token of a user's default key.

    A user (default: admin) that does not exist is added. The token is the same each time until it is rotated or revoked.
    The command works while a server runs, and before the first start.
    """

    async def work(app: Application) -> str:
        return (await app.access.get_default_key(username, create=True)).token

    click.echo(command.run(work))
