"""``calotype restore``: a backup, into the database and the store that the settings name.

Use cases: access/known_secrets, backups/restore_backup, stores/copy_blob.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import rich_click as click
from msgspec import Struct

from domain.use_cases.access.known_secrets import SecretState
from domain.use_cases.backups.restore_backup import BlobRestored, RestoreBegun, RowsBegun, RowsRestored
from domain.use_cases.stores.copy_blob import CopyOutcome
from entrypoints import running
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.commands.backups.backup import NotWhole, print_not_whole
from entrypoints.cli.exits import DONE, NOT_WHOLE
from entrypoints.cli.printing import print_facts, print_json, progress_bar
from entrypoints.schemas import moment

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application


class Restored(Struct):
    """What was restored. ``made_at``: when the backup began. ``there``: blobs that the store had already, whole.

    ``secret``: what is wrong with the server secret.
    """

    made_at: str = ""
    rows: int = 0
    copied: int = 0
    there: int = 0
    not_whole: list[NotWhole] = []
    secret: str = ""


@click.command()
@click.argument("source")
@json_option
@click.pass_context
@pass_command
def restore(command: CommandContext, context: click.Context, source: str, as_json: bool) -> None:
    """Restore a backup into a new database and a store.

    The settings say which. SOURCE is a folder, or storage.backup for the store of that section in the settings. Nothing may use the
    installation. The database must be new; the store must be new, or be the one that the backup was made of. A restore that
    was killed continues when it is run again; until it is complete, the service does not start.
    """
    restored = asyncio.run(_restore(command.application(), source))
    if as_json:
        print_json(restored)
    else:
        print_not_whole(restored.not_whole)
        print_facts(
            [
                ("made at", restored.made_at),
                ("rows", f"{restored.rows:,}"),
                ("blobs copied", f"{restored.copied:,}"),
                ("blobs there", f"{restored.there:,}"),
                ("not whole", f"{len(restored.not_whole):,}"),
            ]
        )
    if restored.not_whole:
        click.echo(
            "Some images are not whole. 'calotype storage check --repair' mends variants and names the rest.", err=True
        )
    if restored.secret:
        click.echo(f"{restored.secret}.", err=True)
    context.exit(NOT_WHOLE if restored.not_whole else DONE)


async def _restore(app: Application, source: str) -> Restored:
    found = Restored()
    running.make_folders(app.settings)
    try:
        app.settings.staging_folder.parent.mkdir(parents=True, exist_ok=True)
        app.parts.storage.staging.open()
        app.parts.storage.staging.check_alone()
        with progress_bar() as progress:
            task = progress.add_task("checking", total=None)
            async for event in app.backups.restore_backup(source)():
                match event:
                    case RestoreBegun(manifest=manifest):
                        found.made_at = moment(manifest.made_at)
                        blobs = manifest.blobs
                    case RowsBegun(rows=rows):
                        progress.update(task, description="restoring the database", total=rows)
                    case RowsRestored(rows=rows):
                        found.rows += rows
                        progress.advance(task, rows)
                    case BlobRestored(key=key, outcome=outcome, image=image):
                        if not found.copied + found.there + len(found.not_whole):
                            progress.update(task, description="restoring blobs", total=blobs, completed=0)
                        progress.advance(task)
                        found.copied += outcome is CopyOutcome.COPIED
                        found.there += outcome is CopyOutcome.THERE
                        if outcome in (CopyOutcome.MISSING, CopyOutcome.DAMAGED):
                            found.not_whole.append(NotWhole(outcome, image, key))
        found.secret = await _secret(app)
    finally:
        await running.close(app)
    return found


async def _secret(app: Application) -> str:
    """What is wrong with the server secret that the settings name; empty if it is the right one."""
    if not app.settings.auth.secrets and not app.settings.secret_file.exists():
        return f"The server secret is missing. Put it back before you start the service, as {app.settings.secret_file.absolute()}"
    if await app.access.compare_secrets() is SecretState.OTHER:
        return (
            "The server secret is not the one that belongs to this backup. With it, no token that was handed out works"
        )
    return ""
