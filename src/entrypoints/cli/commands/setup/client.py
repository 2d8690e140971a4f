"""``calotype client``: ready configurations of programs that store images.

Use cases: access/access_keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from entrypoints.cli.command_context import DEFAULT_USER, CommandContext, pass_command
from entrypoints.cli.commands.setup.client_templates import TEMPLATES

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application


@click.command()
@click.argument("program", type=click.Choice(list(TEMPLATES)))
@click.option(
    "--user", "username", default=DEFAULT_USER, show_default=True, metavar="USERNAME", help="User to store for."
)
@click.option(
    "--token", help="Token to use instead of that of the user's default key, e.g. of a key that may only write."
)
@click.option("--url", help="Address of the service. Default: http.public_url, or else http.host and http.port.")
@pass_command
def client(command: CommandContext, program: str, username: str, token: str | None, url: str | None) -> None:
    """Print a ready configuration of a program that stores images.

    It contains the token of a user's key: keep it as secret. sharex is a file.sxcu for ShareX, flameshot and curl are shell scripts, httpx is Python, fetch is JavaScript for node.
    """

    async def default_key(app: Application) -> str:
        return (await app.access.get_default_key(username)).token

    address = (url or command.settings().http.address).rstrip("/")
    text = TEMPLATES[program].replace("{{URL}}", address).replace("{{TOKEN}}", token or command.run(default_key))
    click.echo(text, nl=False)
