"""``calotype users``: the users that images and keys belong to.

Use cases: access/find_user, access/quotas, access/users, images/removing/erase_user, images/removing/remove_user.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import rich_click as click
from msgspec import Struct

from domain.model.access.quota import Amount, OwnQuota
from domain.model.access.user import SHORTEST_PASSWORD, User
from entrypoints.cli.arguments.quotas import BYTES, IMAGES, Chosen, most_of
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.commands.images.erase import Evidence, confirm, erasing_options, settle_database
from entrypoints.cli.printing import print_json, print_table, progress_bar, readable_size, short_moment
from entrypoints.schemas import account_object, moment

if TYPE_CHECKING:
    from domain.use_cases.access.quotas import Account
    from entrypoints.assembly.application import Application


class UserObject(Struct, frozen=True):
    id: int
    username: str
    state: str
    has_password: bool
    created_at: str


password_option = click.option(
    "--password",
    help=f"Password of at least {SHORTEST_PASSWORD} characters. Other users of this machine can see it; the prompt or a pipe is safer.",
)


@click.group()
def users() -> None:
    """Add, list, disable, remove and erase users, and set their quotas."""


@users.command()
@click.argument("username")
@password_option
@click.option("--no-password", is_flag=True, help="No log-in by password; an administrator issues the tokens.")
@pass_command
def add(command: CommandContext, username: str, password: str | None, no_password: bool) -> None:
    """Add a user. Asks for the password, or reads it from a pipe."""
    chosen = None if no_password else password or _read_password()

    async def work(app: Application) -> User:
        return await app.access.add_user(username, chosen)

    added = command.run(work)
    click.echo(f"added {added.username}")


@users.command("list")
@json_option
@pass_command
def list_(command: CommandContext, as_json: bool) -> None:
    """List every user."""

    async def work(app: Application) -> Sequence[User]:
        return await app.access.list_users()

    found = command.run(work)
    if as_json:
        print_json(
            [
                UserObject(
                    id=user.id,
                    username=user.username,
                    state=_state(user),
                    has_password=user.password_hash is not None,
                    created_at=moment(user.created_at),
                )
                for user in found
            ]
        )
        return
    print_table(
        ("ID", "USERNAME", "STATE", "PASSWORD", "ADDED"),
        [
            (
                str(user.id),
                user.username,
                _state(user),
                "yes" if user.password_hash else "none",
                short_moment(user.created_at),
            )
            for user in found
        ],
    )


@users.command("set-password")
@click.argument("username")
@password_option
@pass_command
def set_password(command: CommandContext, username: str, password: str | None) -> None:
    """Set or change a password. Tokens stay valid; rotate the keys if a token was stolen."""
    chosen = password or _read_password()

    async def work(app: Application) -> None:
        await app.access.set_password(username, chosen)

    command.run(work)
    click.echo(f"set the password of {username}")


@users.command("set-quota")
@click.argument("username")
@click.option(
    "--images",
    "--pictures",
    "images",
    type=IMAGES,
    help="Maximum number of images; none = no limit; default = as quota.images says.",
)
@click.option(
    "--bytes",
    "size",
    type=BYTES,
    help="Maximum size of the originals, e.g. 10GB or 500MiB; none = no limit; default = as quota.bytes says.",
)
@json_option
@pass_command
def set_quota(
    command: CommandContext, username: str, images: Chosen | None, size: Chosen | None, as_json: bool
) -> None:
    """Set how much a user may have. Images that exceed it stay."""
    if images is None and size is None:
        raise click.UsageError("Give --images, --bytes or both.")
    own = OwnQuota(images=images.most if images else None, bytes=size.most if size else None)

    async def work(app: Application) -> Account:
        return await app.access.set_quota(username, own, images=images is not None, bytes=size is not None)

    account = command.run(work)
    if as_json:
        print_json(account_object(account, {}))
        return
    click.echo(f"{username} may have {most_of(account.images)} images, {most_of(account.bytes)} bytes")


@users.command()
@click.argument("username")
@pass_command
def disable(command: CommandContext, username: str) -> None:
    """Refuse all keys, the password, links, tickets and public URLs of a user until enabled again. Images stay."""
    _set_disabled(command, username, disabled=True)


@users.command()
@click.argument("username")
@pass_command
def enable(command: CommandContext, username: str) -> None:
    """Accept the keys and the password of a disabled user again."""
    _set_disabled(command, username, disabled=False)


@users.command()
@click.argument("username")
@click.option("--with-images", is_flag=True, help="Delete the user's images too.")
@click.option("--yes", is_flag=True, help="Do not ask. Without a terminal nothing is asked anyway.")
@pass_command
def remove(command: CommandContext, username: str, with_images: bool, yes: bool) -> None:
    """Remove a user and the user's keys for good."""

    async def count(app: Application) -> Amount:
        return await _used(app, username)

    async def work(app: Application) -> None:
        await app.access.remove_user(username, with_images=with_images)

    used = command.run(count)
    told = f"{used.images:,} image{'' if used.images == 1 else 's'}"
    if with_images and used.images:
        confirm(f"{username} has {told} of {readable_size(used.bytes)}. Delete them for good?", yes=yes)
    command.run(work, staging=with_images)
    click.echo(f"removed {username}" + (f", with {told}" if used.images else ""))


@users.command()
@click.argument("username")
@erasing_options
@json_option
@click.pass_context
@pass_command
def erase(
    command: CommandContext, context: click.Context, username: str, no_vacuum: bool, yes: bool, as_json: bool
) -> None:
    """Remove a user with all images and all that is known of both, and print what was removed.

    As 'calotype images erase' does it with each image. The exit status is 75 if the store has not removed all bytes yet.
    """

    async def count(app: Application) -> Amount:
        return await _used(app, username)

    async def work(app: Application) -> Evidence:
        evidence = Evidence()
        with progress_bar() as bar:
            task = bar.add_task("erasing", total=used.images)
            async for erased in app.access.erase_user(username):
                evidence.add(erased)
                bar.advance(task)
        await settle_database(app, evidence, vacuum=not no_vacuum)
        return evidence

    used = command.run(count)
    told = f"{used.images:,} image{'' if used.images == 1 else 's'} of {readable_size(used.bytes)}"
    confirm(f"Erase {username}, who has {told}, for good?", yes=yes)
    evidence = command.run(work, staging=True)
    evidence.print(as_json=as_json)
    context.exit(evidence.status)


async def _used(app: Application, username: str) -> Amount:
    accounts = {user.username: account for user, account in await app.access.list_accounts()}
    return accounts[(await app.access.find_user(username)).username].used


def _set_disabled(command: CommandContext, username: str, *, disabled: bool) -> None:
    async def work(app: Application) -> None:
        await app.access.disable_user(username, disabled=disabled)

    command.run(work)
    click.echo(f"{'disabled' if disabled else 'enabled'} {username}")


def _read_password() -> str:
    if sys.stdin.isatty():
        return str(
            click.prompt(
                f"Password (at least {SHORTEST_PASSWORD} characters)", hide_input=True, confirmation_prompt=True
            )
        )
    return sys.stdin.readline().rstrip("\r\n")


def _state(user: User) -> str:
    return "disabled" if user.is_disabled else "enabled"
