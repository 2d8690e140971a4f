"""``calotype keys``: access keys and their tokens.

Use cases: access/access_keys, access/find_user, access/known_secrets.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import rich_click as click
from msgspec import Struct

from domain.model.access.access_key import AccessKey, AccessKeyId, Scope
from domain.model.access.user import User
from domain.model.pixels.compression import CompressionMode
from entrypoints.cli.arguments.times import Expiry
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.printing import print_facts, print_json, print_table, short_moment
from entrypoints.cli.refusals import Refusals
from entrypoints.schemas import moment

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application

MODES = [each.value for each in CompressionMode]
AS_SET = "default"
"""Instead of a mode: as ``images.compression`` says."""


class KeyObject(Struct, frozen=True):
    id: int
    user: str
    name: str
    state: str
    scopes: list[str]
    compression: str | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class IssuedKeyObject(Struct, frozen=True):
    key: KeyObject
    token: str


@click.group()
def keys() -> None:
    """Issue, list, show, change, rotate and revoke access keys."""


@keys.command()
@click.argument("username")
@click.option("--name", required=True, help="Purpose of the key; unique among the user's valid keys.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([each.value for each in Scope]),
    help="What the key allows; repeat for several. Default: everything.",
)
@click.option("--expires", type=Expiry(), help="Expiry: 2027-01-31, or 12h, 30d, 8w from now. Default: never.")
@click.option(
    "--compression",
    type=click.Choice(MODES),
    help="Compression mode of images stored with the key. Default: as images.compression says.",
)
@json_option
@pass_command
def issue(
    command: CommandContext,
    username: str,
    name: str,
    scopes: tuple[str, ...],
    expires: datetime | None,
    compression: str | None,
    as_json: bool,
) -> None:
    """Issue a key to a user, and print its token."""

    async def work(app: Application) -> IssuedKeyObject:
        granted = frozenset(Scope(each) for each in scopes) or frozenset(Scope)
        mode = CompressionMode(compression) if compression else None
        issued = await app.access.issue_access_key(username, name, granted, expires, mode)
        user = await app.access.find_user(username)
        return IssuedKeyObject(_key_object(issued.key, user), issued.token)

    issued = command.run(work)
    if as_json:
        print_json(issued)
    else:
        click.echo(issued.token)
        click.echo(f"key {issued.key.id}, '{issued.key.name}', for {issued.key.user}", err=True)


@keys.command("list")
@click.argument("username", required=False)
@json_option
@pass_command
def list_(command: CommandContext, username: str | None, as_json: bool) -> None:
    """List the keys of one user, or of all users."""

    async def work(app: Application) -> list[tuple[AccessKey, User]]:
        return list(await app.access.list_access_keys(username))

    found = command.run(work)
    if as_json:
        print_json([_key_object(key, user) for key, user in found])
        return
    print_table(
        ("ID", "USER", "NAME", "STATE", "SCOPES", "COMPRESSION", "ISSUED", "EXPIRES", "LAST USED"),
        [
            (
                str(key.id),
                user.username,
                key.name,
                _state(key, user),
                ", ".join(_scopes(key)),
                key.compression or AS_SET,
                short_moment(key.created_at),
                short_moment(key.expires_at),
                short_moment(key.last_used_at),
            )
            for key, user in found
        ],
    )


@keys.command()
@click.argument("id", type=click.IntRange(1))
@click.option("--token", "with_token", is_flag=True, help="Show the token too.")
@json_option
@pass_command
def show(command: CommandContext, id: int, with_token: bool, as_json: bool) -> None:
    """Show a key; with --token also its token."""

    async def work(app: Application) -> IssuedKeyObject:
        issued, user = await app.access.show_access_key(AccessKeyId(id))
        return IssuedKeyObject(_key_object(issued.key, user), issued.token)

    issued = command.run(work)
    key = issued.key
    if as_json:
        print_json(issued if with_token else key)
        return
    facts = [
        ("id", str(key.id)),
        ("user", key.user),
        ("name", key.name),
        ("state", key.state),
        ("scopes", ", ".join(key.scopes)),
        ("compression", key.compression or AS_SET),
        ("created at", key.created_at),
        ("expires at", key.expires_at or "never"),
        ("last used at", key.last_used_at or "never"),
    ]
    print_facts([*facts, ("token", issued.token)] if with_token else facts)


@keys.command("set-compression")
@click.argument("id", type=click.IntRange(1))
@click.argument("mode", type=click.Choice([*MODES, AS_SET]), metavar="MODE")
@pass_command
def set_compression(command: CommandContext, id: int, mode: str) -> None:
    """Set the compression mode of images that are stored with a key from now on. Stored images stay as they are.

    MODE is excellent, high, lossless, off, or default (as images.compression says).
    """

    async def work(app: Application) -> None:
        chosen = None if mode == AS_SET else CompressionMode(mode)
        await app.access.set_key_compression(AccessKeyId(id), chosen)

    command.run(work)
    click.echo(f"set the compression of {id} to {mode}")


@keys.command()
@click.argument("id", type=click.IntRange(1))
@pass_command
def rotate(command: CommandContext, id: int) -> None:
    """Give a key a new token and print it. The old token is invalid at once."""

    async def work(app: Application) -> str:
        return (await app.access.rotate_access_key(AccessKeyId(id))).token

    click.echo(command.run(work))


@keys.command()
@click.argument("ids", type=click.IntRange(1), nargs=-1, required=True, metavar="ID...")
@click.pass_context
@pass_command
def revoke(command: CommandContext, context: click.Context, ids: tuple[int, ...]) -> None:
    """Make keys invalid for good."""
    refusals = Refusals()

    async def work(app: Application) -> None:
        for id in ids:
            with refusals.about(f"key {id}"):
                await app.access.revoke_access_key(AccessKeyId(id))
                click.echo(f"revoked {id}")

    command.run(work)
    context.exit(refusals.status)


@keys.command()
@pass_command
def accept_secret(command: CommandContext) -> None:
    """Record that the server secret in use is the right one, because the earlier one is lost.

    Tokens that were made with the earlier one stay invalid: hand out new ones.
    """

    async def work(app: Application) -> None:
        await app.access.record_secrets(anyway=True)

    command.run(work)


def _state(key: AccessKey, user: User) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if not key.is_usable(datetime.now(UTC)):
        return "expired"
    return "user disabled" if user.is_disabled else "valid"


def _scopes(key: AccessKey) -> list[str]:
    return [scope.value for scope in Scope if scope in key.scopes]


def _key_object(key: AccessKey, user: User) -> KeyObject:
    def when(at: datetime | None) -> str | None:
        return None if at is None else moment(at)

    return KeyObject(
        id=key.id,
        user=user.username,
        name=key.name,
        state=_state(key, user),
        scopes=_scopes(key),
        compression=key.compression,
        created_at=moment(key.created_at),
        expires_at=when(key.expires_at),
        revoked_at=when(key.revoked_at),
        last_used_at=when(key.last_used_at),
    )
