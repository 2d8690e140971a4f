"""``calotype storage``: the store, checking what is in it, and moving to another while the service runs.

Use cases: images/checking/check_blobs, images/checking/repair_blobs, images/walk_images, maintenance, stores/copy_blob, stores/finish_move, stores/move_steps, stores/move_store.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
from typing import TYPE_CHECKING

import rich_click as click
from msgspec import Struct
from rich.progress import TaskID

from domain.model.storage.store_move import StoreName
from domain.use_cases.images.checking.check_blobs import BlobFinding
from domain.use_cases.stores.copy_blob import CopyOutcome
from domain.use_cases.stores.finish_move import BlobRemoved, MoveFinished
from domain.use_cases.stores.move_store import BlobDone, MoveAnnounced, MoveTally, RoundBegun
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.exits import DONE
from entrypoints.cli.printing import print_facts, print_json, print_table, progress_bar, readable_size

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application

CANNOT_BE_COPIED = 73
SECTION = click.Choice(["storage", "storage.other"])


@click.group()
def storage() -> None:
    """Show the store, check what is in it, and move to another."""


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


class Found(Struct, frozen=True):
    """A finding as it is printed. ``image``: its number, None for a blob that the database does not know."""

    problem: str
    image: int | None
    name: str
    part: str
    key: str
    repaired: bool

    @classmethod
    def of(cls, finding: BlobFinding, *, repaired: bool) -> Found:
        image = finding.image
        return cls(
            finding.problem,
            None if image is None else image.id,
            "" if image is None else image.name,
            finding.part,
            finding.key,
            repaired,
        )


class Checked(Struct):
    """What a check went through and found. ``bytes``: the sizes of the blobs of images together."""

    images: int = 0
    blobs: int = 0
    bytes: int = 0
    findings: list[Found] = []


@storage.command()
@click.option("--deep", is_flag=True, help="Read every blob and compare it with its digest.")
@click.option("--repair", is_flag=True, help="Have missing and damaged variants made again.")
@click.option(
    "--remove-unknown", is_flag=True, help="Remove blobs that the database does not know, unless it is an older one."
)
@json_option
@click.pass_context
@pass_command
def check(
    command: CommandContext, context: click.Context, deep: bool, repair: bool, remove_unknown: bool, as_json: bool
) -> None:
    """Compare the store with the database, while the service runs: missing, damaged and unknown blobs.

    An original that is missing or damaged can only be restored from a backup. After an older database was restored,
    the newer images are unknown blobs: do not remove these if you still want them.
    """

    async def work(app: Application) -> Checked:
        if repair or remove_unknown:
            await app.maintenance.check_writable()
        await asyncio.to_thread(app.parts.database.integrity.check, thorough=True)
        return await _check(app, deep=deep, repair=repair, remove_unknown=remove_unknown)

    checked = command.run(work, staging=True)
    if as_json:
        print_json(checked)
    else:
        if checked.findings:
            print_table(
                ("PROBLEM", "IMAGE", "NAME", "PART", "KEY", "REPAIRED"),
                [
                    (
                        each.problem,
                        str(each.image or ""),
                        each.name,
                        each.part,
                        each.key,
                        "yes" if each.repaired else "no",
                    )
                    for each in checked.findings
                ],
            )
        click.echo(
            f"{checked.images:,} images with {checked.blobs:,} blobs of {readable_size(checked.bytes)} checked, "
            f"{len(checked.findings):,} problems found",
            err=True,
        )
    context.exit(DONE if all(each.repaired for each in checked.findings) else os.EX_DATAERR)


async def _check(app: Application, *, deep: bool, repair: bool, remove_unknown: bool) -> Checked:
    result = Checked()
    with progress_bar() as progress:
        task = progress.add_task("checking images", total=await app.images.walk_images.count(None))
        async for checked in app.images.check_blobs.images(deep=deep):
            progress.advance(task)
            result.images += 1
            result.blobs += checked.blobs
            result.bytes += checked.bytes
            repaired = bool(checked.findings) and repair and await app.images.repair_blobs.variants(checked)
            result.findings += [Found.of(each, repaired=repaired) for each in checked.findings]
        progress.update(task, description="looking for unknown blobs")
        async for finding in app.images.check_blobs.unknown():
            if remove_unknown:
                await app.images.repair_blobs.unknown(finding)
            result.findings.append(Found.of(finding, repaired=remove_unknown))
    return result


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
