"""``calotype config``: the settings in force."""

from __future__ import annotations

import rich_click as click
from msgspec import Struct

from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.printing import print_json, print_table
from entrypoints.configuration.described import Described, described


class SettingObject(Struct, frozen=True):
    name: str
    value: object
    default: object
    variable: str
    about: str


@click.group()
def config() -> None:
    """Show the settings."""


@config.command()
@json_option
@pass_command
def show(command: CommandContext, as_json: bool) -> None:
    """Show every setting in force with its environment variable. Secrets are masked."""
    settings = command.settings()
    found = [
        SettingObject(each.name, _shown(each), each.default, each.variable, each.about) for each in described(settings)
    ]
    if as_json:
        print_json(found)
    else:
        print_table(
            ("SETTING", "VALUE", "VARIABLE", "MEANING"),
            [(each.name, _text(each.value), each.variable, each.about) for each in found],
        )


def _shown(setting: Described) -> object:
    return "(set, not shown)" if setting.secret and setting.value else setting.value


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) if value not in ("", ()) else "-"
