"""``calotype backup``: a copy of everything but the server secret, made while the service runs.

Use cases: backups/make_backup, backups/verify_backup.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import rich_click as click
from msgspec import Struct

from domain.use_cases.backups.make_backup import BackupTally, BlobSeen, BlobsThere, DumpMade
from domain.use_cases.backups.verify_backup import BackupFound, BlobCondition, BlobVerified
from entrypoints import running
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.exits import DONE, NOT_WHOLE
from entrypoints.cli.printing import print_facts, print_json, print_table, progress_bar, readable_size
from entrypoints.schemas import moment

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application
    from entrypoints.settings import Settings

OPENING = 10  # of niceness, while it may hold a lock that the service waits for
COPYING = 19


class NotWhole(Struct, frozen=True):
    """A blob that is not whole. ``image``: the number of its image, if it is known."""

    problem: str
    image: int | None
    key: str


class MadeBackup(Struct):
    """What a backup has, and what was copied and removed to make it."""

    blobs: int
    bytes: int
    copied: int
    bytes_copied: int
    removed: int
    not_whole: list[NotWhole]


class VerifiedBackup(Struct):
    """What was read. ``made_at``: when the backup began."""

    made_at: str = ""
    blobs: int = 0
    not_whole: list[NotWhole] = []


@click.command()
@click.argument("target")
@click.option("--verify", is_flag=True, help="Make no backup: read all of the one that is there.")
@json_option
@click.pass_context
@pass_command
def backup(command: CommandContext, context: click.Context, target: str, verify: bool, as_json: bool) -> None:
    """Copy the database and every blob to another place, while the service runs.

    TARGET is a folder, or storage.backup for the store of that section in the settings. Only blobs that are not there yet
    are copied. Until the end, an earlier backup there stays the valid one; so a backup that was killed is run again.
    The server secret is not in it: keep a copy elsewhere.
    """
    if verify:
        verified = asyncio.run(_verify(command.application(), target))
        _print(verified, as_json=as_json)
        context.exit(NOT_WHOLE if verified.not_whole else DONE)
    os.nice(OPENING)
    made = command.run(lambda app: _make(app, target), staging=True)
    _print(made, as_json=as_json)
    click.echo(
        f"The server secret is not in the backup: keep a copy of {_secret(command.settings())} elsewhere.", err=True
    )
    context.exit(NOT_WHOLE if made.not_whole else DONE)


async def _make(app: Application, target: str) -> MadeBackup:
    os.nice(COPYING - OPENING)
    tally = BackupTally()
    with progress_bar() as progress:
        task = progress.add_task("copying the database", total=None)
        async for event in app.backups.make_backup(target)():
            match event:
                case DumpMade(blobs=number):
                    progress.update(task, description="copying blobs", total=number, completed=0)
                case BlobsThere(blobs=number):
                    progress.advance(task, number)
                case BlobSeen():
                    progress.advance(task)
                case BackupTally():
                    tally = event
    return MadeBackup(
        blobs=tally.blobs,
        bytes=tally.bytes,
        copied=tally.copied,
        bytes_copied=tally.bytes_copied,
        removed=tally.removed,
        not_whole=[NotWhole("lost", image, key) for key, image in tally.lost.items()],
    )


async def _verify(app: Application, target: str) -> VerifiedBackup:
    found = VerifiedBackup()
    running.make_folders(app.settings)
    try:
        app.settings.staging_folder.parent.mkdir(exist_ok=True)
        app.parts.storage.staging.open()
        with progress_bar() as progress:
            task = progress.add_task("reading", total=None)
            async for event in app.backups.verify_backup(target)():
                match event:
                    case BackupFound(manifest=manifest):
                        progress.update(task, total=manifest.blobs)
                        found.made_at = moment(manifest.made_at)
                    case BlobVerified(key=key, condition=condition, image=image):
                        progress.advance(task)
                        found.blobs += 1
                        if condition is not BlobCondition.WHOLE:
                            found.not_whole.append(NotWhole(condition, image, key))
    finally:
        await running.close(app)
    return found


def _secret(settings: Settings) -> str:
    return "auth.secrets" if settings.auth.secrets else str(settings.secret_file.absolute())


def _print(result: MadeBackup | VerifiedBackup, *, as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    print_not_whole(result.not_whole)
    if isinstance(result, VerifiedBackup):
        print_facts(
            [("made at", result.made_at), ("blobs", f"{result.blobs:,}"), ("not whole", f"{len(result.not_whole):,}")]
        )
        return
    print_facts(
        [
            ("blobs", f"{result.blobs:,}, {readable_size(result.bytes)}"),
            ("copied", f"{result.copied:,}, {readable_size(result.bytes_copied)}"),
            ("removed", f"{result.removed:,}"),
            ("not whole", f"{len(result.not_whole):,}"),
        ]
    )


def print_not_whole(blobs: list[NotWhole]) -> None:
    if blobs:
        print_table(("PROBLEM", "IMAGE", "KEY"), [(each.problem, str(each.image or ""), each.key) for each in blobs])
