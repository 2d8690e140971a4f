"""``calotype usage``: how much users have stored.

Use cases: access/quotas.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import rich_click as click
from msgspec import Struct

from domain.model.access.user import User
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.printing import print_facts, print_json, print_table
from entrypoints.schemas import AmountObject, account_object

if TYPE_CHECKING:
    from domain.use_cases.access.quotas import Account
    from entrypoints.assembly.application import Application


class UserUsage(Struct, frozen=True):
    username: str
    images: AmountObject
    bytes: AmountObject


class TotalUsage(Struct, frozen=True):
    users: int
    images: int
    bytes: int


@click.command()
@click.option("--by", type=click.Choice(["user"]), help="A line for each user, with the quota.")
@json_option
@pass_command
def usage(command: CommandContext, by: Literal["user"] | None, as_json: bool) -> None:
    """Show how many images are stored, and the size of their originals. Variants do not count."""

    async def work(app: Application) -> Sequence[tuple[User, Account]]:
        return await app.access.list_accounts()

    accounts = command.run(work)
    if by is None:
        total = TotalUsage(
            len(accounts),
            sum(account.used.images for _, account in accounts),
            sum(account.used.bytes for _, account in accounts),
        )
        if as_json:
            print_json(total)
        else:
            print_facts([(name, f"{getattr(total, name):,}") for name in TotalUsage.__struct_fields__])
        return
    found = [(user.username, account_object(account, {})) for user, account in accounts]
    if as_json:
        print_json([UserUsage(username, each.images, each.bytes) for username, each in found])
        return
    print_table(
        ("USERNAME", "IMAGES", "QUOTA", "BYTES", "QUOTA"),
        [
            (username, f"{each.images.used:,}", _most(each.images), f"{each.bytes.used:,}", _most(each.bytes))
            for username, each in found
        ],
    )


def _most(amount: AmountObject) -> str:
    return "none" if amount.quota is None else f"{amount.quota:,}"
