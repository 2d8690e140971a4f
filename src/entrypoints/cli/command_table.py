"""The table of commands, and how they are found in it."""

from collections.abc import Mapping
from importlib import import_module

import rich_click as click

PACKAGE = "entrypoints.cli.commands"

# Each command or group: its module, and its line in the help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "audit": ("administration.audit", "Show who did what, if audit.table is set."),
    "backup": ("backups.backup", "Copy the database and every blob to another place, while the service runs."),
    "client": ("setup.client", "Print a ready configuration of a program that stores images."),
    "completion": ("setup.completion", "Print the script that lets a shell complete commands and options."),
    "compress": ("compression", "Show how image files would be compressed, and store nothing."),
    "config": ("config", "Show the settings."),
    "db": ("database", "Upgrade the database, copy it to another, or write it anew."),
    "doctor": (
        "examination.doctor",
        "Check machine, settings, data folder, server secret, database, store, disk space and image workers.",
    ),
    "get-access-key": ("get_access_key", "Print only the token of a user's default key."),
    "images": ("images.images", "Store, list, show, edit, download, export, replace, delete and erase images."),
    "init": ("setup.init", "Write a settings file that explains every setting."),
    "jobs": ("jobs", "List, count and retry background jobs."),
    "keys": ("keys", "Issue, list, show, change, rotate and revoke access keys."),
    "maintenance": (
        "administration.maintenance",
        "Have nothing written for a while, for a backup, a restore or an upgrade.",
    ),
    "restore": ("backups.restore", "Restore a backup into a new database and a store."),
    "serve": ("operation", "Serve, and do background jobs."),
    "stats": ("administration.stats", "Show what compression has saved, by time and by format."),
    "storage": ("storage", "Show the store, check what is in it, and move to another."),
    "usage": ("usage", "Show how many images are stored, and the size of their originals."),
    "users": ("users", "Add, list, disable, remove and erase users, and set their quotas."),
    "variants": ("variants", "Show the declared variants, and make the stored ones agree with them."),
    "webhooks": ("webhooks", "Have events of a user's images sent to other servers."),
    "worker": ("operation", "Do the background jobs without serving."),
}


class Commands(click.RichGroup):
    """Imports the module of a command when the command is used. Help and completion know it from the table alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click passes it
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click passes it
        return click.Command(cmd_name, help=COMMANDS[cmd_name][1]) if cmd_name in COMMANDS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, found, left = super().resolve_command(ctx, args)
        return name, found and load(found.name or ""), left


def load(name: str) -> click.Command:
    """The command or group with this name in ``COMMANDS``. In its module it is named with underscores."""
    module, _ = COMMANDS[name]
    command: click.Command = getattr(import_module(f"{PACKAGE}.{module}"), name.replace("-", "_"))
    return command
