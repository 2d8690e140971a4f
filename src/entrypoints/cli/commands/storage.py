"""``calotype storage``: the store, and moving to another while the service runs.

Use cases: stores/copy_blob, stores/finish_move, stores/move_steps, stores/move_store.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import rich_click as click
from rich.progress import TaskID

from domain.model.storage.store_move import StoreName
from domain.use_cases.stores.copy_blob import CopyOutcome
from domain.use_cases.stores.finish_move import BlobRemoved, MoveFinished
from domain.use_cases.stores.move_store import BlobDone, MoveAnnounced, MoveTally, RoundBegun
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.exits import DONE
from entrypoints.cli.printing import print_facts, print_json, progress_bar, readable_size

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application

CANNOT_BE_COPIED = 73
SECTION = click.Choice(["storage", "storage.other"])


@click.group()
def storage() -> None:
    """Show the store, and move to another."""


@storage.command()
@json_option
@pass_command
def show(command: CommandContext, as_json: bool) -> None:
    """Show which store is in use, and a move in progress."""

    async def work(app: Application) -> dict[str, str]:
        home, place = await app.stores.move_steps.where()
        found = {"in use": str(home)}
        if place is not None:
            found["moving to"] = f"{place.target} ({place.phase}, since {place.since:%Y-%m-%d %H:%M} UTC)"
        return found

    found = command.run(work, staging=True)
    if as_json:
        print_json(found)
    else:
        print_facts(list(found.items()))


@storage.command()
@click.option("--to", "target", type=SECTION, metavar="SECTION", help="Section of the settings with the new store.")
@click.option("--dry-run", is_flag=True, help="Only report how much there is to copy.")
@click.option("--finish", is_flag=True, help="Use only the new store, and empty the old one.")
@click.option("--keep", is_flag=True, help="With --finish: leave the old store as it is.")
@click.option("--break-links", is_flag=True, help="With --finish: do not wait for links into the old store to expire.")
@json_option
@click.pass_context
@pass_command
def move(
    command: CommandContext,
    context: click.Context,
    target: str | None,
    dry_run: bool,
    finish: bool,
    keep: bool,
    break_links: bool,
    as_json: bool,
) -> None:
    """Copy every blob to another store while the service runs. First --to SECTION, then --finish.

    SECTION is the section of the settings with the new store: storage.other, or storage to move back.
    Blobs are read from both stores, and new ones are written to the new store. The command can be stopped at any time
    and continues when run again. Before --finish, only images that are deleted are removed from the old store.
    """
    if (target is None) != finish:
        raise click.UsageError("Give --to SECTION, or --finish when everything is copied.")

    async def work(app: Application) -> tuple[dict[str, int], bool]:
        """Figures to report, and whether everything is in the new store."""
        if target is None:
            return {"removed": await _finish(app, keep=keep, break_links=break_links)}, True
        if dry_run:
            return dataclasses.asdict(await app.stores.move_store.survey(StoreName(target))), True
        tally = await _move(app, StoreName(target))
        return dataclasses.asdict(tally), tally.is_complete

    told, is_complete = command.run(work, staging=True)
    if as_json:
        print_json(told)
    else:
        print_facts([(what.replace("_", " "), _amount(what, amount)) for what, amount in sorted(told.items())])
        if target is not None and not dry_run and is_complete:
            click.echo("Everything is in the new store. End the move with: calotype storage move --finish", err=True)
    context.exit(DONE if is_complete else CANNOT_BE_COPIED)


async def _move(app: Application, target: StoreName) -> MoveTally:
    tally = MoveTally()
    with progress_bar() as progress:
        task: TaskID | None = None
        async for event in app.stores.move_store(target):
            match event:
                case MoveAnnounced(followed_within=period):
                    seconds = f"{period.total_seconds():.0f} seconds"
                    click.echo(f"Announced: within {seconds} every process reads from both stores.", err=True)
                case RoundBegun(blobs=number):
                    if task is not None:
                        progress.remove_task(task)
                    task = progress.add_task(f"copying to {target}", total=number)
                case BlobDone(key=key, outcome=outcome) if task is not None:
                    if outcome in (CopyOutcome.MISSING, CopyOutcome.DAMAGED):
                        progress.console.print(f"{key}: {outcome} in the old store", markup=False, highlight=False)
                    progress.advance(task)
                case MoveTally():
                    tally = event
    return tally


async def _finish(app: Application, *, keep: bool, break_links: bool) -> int:
    """How many blobs were removed from the old store."""
    removed = 0
    with progress_bar() as progress:
        task = progress.add_task("finishing", total=None)
        async for event in app.stores.finish_move(keep=keep, break_links=break_links):
            match event:
                case MoveFinished(place=place):
                    progress.update(task, description=f"emptying {place.source}")
                case BlobRemoved():
                    removed += 1
                    progress.advance(task)
    return removed


def _amount(what: str, amount: int) -> str:
    return readable_size(amount) if what.startswith("bytes") else f"{amount:,}"
