"""``calotype storage``: where blobs are, and moving them elsewhere while the service goes on."""

import asyncio
from collections import Counter

import rich_click as click

from domain.errors import CalotypeError
from domain.model.storage.blob import BlobRecord
from domain.model.storage.store_move import MovePhase, StoreName
from domain.use_cases.stores.copy_blob import CopyOutcome
from domain.use_cases.stores.move_store import MovePlace, MoveStore
from entrypoints.assembly.application import Application
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.exits import DONE
from entrypoints.cli.printing import print_facts, print_json, progress_bar, readable_size

NOTICE = 5.0  # seconds after which every process has read what the database says, which it does once a second
AT_ONCE = 4  # blobs
CANNOT_BE_COPIED = 73


@click.group()
def storage() -> None:
    """Look after the store of blobs."""


@storage.command()
@json_option
@pass_command
def show(command: CommandContext, as_json: bool) -> None:
    """Show the store in use, by the section of the settings that it is in, and the move that is under way."""

    async def work(app: Application) -> dict[str, str]:
        home, place = await app.stores.move_store.where()
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
@click.option("--to", "target", metavar="SECTION", help="Section of the settings that the new store is in.")
@click.option("--dry-run", is_flag=True, help="Only say what there is to copy.")
@click.option("--finish", is_flag=True, help="Have the new store be the only one, and empty the old one.")
@click.option("--keep", is_flag=True, help="With --finish: leave the old store as it is.")
@click.option("--break-links", is_flag=True, help="With --finish: even if links into the old store were to last.")
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
    """Copy every blob to another store, while the service goes on: --to storage.other, or back --to storage.

    Reads find a blob in either store, and new ones go to the new store. It can be stopped at any time, and goes on
    where it is run again. The old store is not touched before --finish.
    """
    if (target is None) != finish:
        raise click.UsageError("Say --to SECTION, and when everything is copied, --finish.")

    async def work(app: Application) -> Counter[str]:
        moving = app.stores.move_store
        if target is None:
            return await _finish(moving, keep=keep, break_links=break_links)
        if dry_run:
            return await _survey(app, StoreName(target))
        place = await moving.begin(StoreName(target))
        if place.phase is MovePhase.ANNOUNCED:
            click.echo(f"Announced: within {NOTICE:.0f} seconds every process reads from both stores.", err=True)
            await asyncio.sleep(NOTICE)
            await moving.proceed(place)
            await asyncio.sleep(NOTICE)
        return await _copy_all(moving, place)

    tally = command.run(work, staging=True)
    if as_json:
        print_json(dict(tally))
    else:
        print_facts([(what.replace("_", " "), _amount(what, amount)) for what, amount in sorted(tally.items())])
        if target is not None and not dry_run and not (tally["missing"] or tally["damaged"]):
            click.echo("Everything is in the new store. End the move with: calotype storage move --finish", err=True)
    context.exit(CANNOT_BE_COPIED if tally["missing"] or tally["damaged"] else DONE)


async def _survey(app: Application, target: StoreName) -> Counter[str]:
    tally: Counter[str] = Counter(blobs=0, to_copy=0, bytes_to_copy=0)
    moving, stores = app.stores.move_store, app.parts.storage.stores
    await moving.check(target)
    is_fresh = await stores[target].read() is None
    async for record in moving.needed():
        tally["blobs"] += 1
        if record.facts is not None and (is_fresh or not await moving.copying.is_there(record, stores[target])):
            tally["to_copy"] += 1
            tally["bytes_to_copy"] += record.facts.size
    return tally


async def _copy_all(moving: MoveStore, place: MovePlace) -> Counter[str]:
    """Copy until nothing new is found: what an upload under way put into the old store is found by the next round."""
    tally: Counter[str] = Counter()
    while True:
        copied = await _copy_round(moving, place)
        for outcome in (CopyOutcome.MISSING, CopyOutcome.DAMAGED, CopyOutcome.THERE):
            tally[outcome.value] = copied[outcome.value]
        for what in (CopyOutcome.COPIED.value, "bytes_copied"):
            tally[what] += copied[what]
        if not copied[CopyOutcome.COPIED.value]:
            return tally


async def _copy_round(moving: MoveStore, place: MovePlace) -> Counter[str]:
    tally: Counter[str] = Counter()
    gate = asyncio.Semaphore(AT_ONCE)
    with progress_bar() as progress:
        task = progress.add_task(f"copying to {place.target}", total=await moving.count())

        async def one(record: BlobRecord) -> None:
            try:
                outcome = await moving.copy(record, place)
                tally[outcome.value] += 1
                if outcome is CopyOutcome.COPIED and record.facts is not None:
                    tally["bytes_copied"] += record.facts.size
                if outcome in (CopyOutcome.MISSING, CopyOutcome.DAMAGED):
                    progress.console.print(f"{record.key}: {outcome} in {place.source}", markup=False, highlight=False)
            finally:
                gate.release()
                progress.advance(task)

        try:
            async with asyncio.TaskGroup() as group:
                async for record in moving.needed():
                    await gate.acquire()
                    group.create_task(one(record))
        except ExceptionGroup as errors:
            raise _first(errors) from errors
    return tally


def _first(errors: ExceptionGroup[Exception]) -> Exception:
    """One error for many of a kind; what is known is told."""
    known = errors.subgroup(CalotypeError)
    found: BaseException = known or errors
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found if isinstance(found, Exception) else errors


async def _finish(moving: MoveStore, *, keep: bool, break_links: bool) -> Counter[str]:
    place = await moving.finish(break_links=break_links)
    tally: Counter[str] = Counter(removed=0)
    if keep:
        return tally
    if place.phase is not None:
        await asyncio.sleep(NOTICE)  # nobody must read from the old store any more
    with progress_bar() as progress:
        task = progress.add_task(f"emptying {place.source}", total=None)
        async for _ in moving.clear(place):
            tally["removed"] += 1
            progress.advance(task)
    return tally


def _amount(what: str, amount: int) -> str:
    return readable_size(amount) if what.startswith("bytes") else f"{amount:,}"
