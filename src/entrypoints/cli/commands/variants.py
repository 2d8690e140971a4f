"""``calotype variants``: the variants declared in the settings, and those stored.

Use cases: maintenance, variants/make_variants, variants/reconcile_variants, variants/tally_variants.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import rich_click as click
from msgspec import Struct

from domain.model.images.variant import MAKE_VARIANTS
from domain.ports.jobs import Lane
from domain.use_cases.variants.reconcile_variants import VariantDifference
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.printing import print_json, print_table, progress_bar

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application

PROGRESS_INTERVAL = 0.5  # seconds


class DifferenceObject(Struct, frozen=True):
    """The number of images with the variant as declared, outdated, and not at all. ``recipe`` is null if it is removed."""

    name: str
    recipe: str | None
    right: int
    other: int
    missing: int


@click.group()
def variants() -> None:
    """Show the declared variants, and make the stored ones agree with them."""


@variants.command("list")
@json_option
@pass_command
def list_(command: CommandContext, as_json: bool) -> None:
    """List the declared variants, and how many images have them as declared."""
    _show(command.run(_survey), as_json=as_json)


@variants.command()
@click.option("--dry-run", is_flag=True, help="Only report what would be done.")
@click.option("--no-wait", is_flag=True, help="Let the service make them, and do not wait.")
@json_option
@pass_command
def reconcile(command: CommandContext, dry_run: bool, no_wait: bool, as_json: bool) -> None:
    """Make added and changed variants for all stored images, and remove variants that are no longer declared.

    The service does this itself when it starts with other variants. This command shows the progress, takes part in the
    work, and ends when it is complete.
    """

    async def work(app: Application) -> list[VariantDifference]:
        found = await _survey(app)
        if not dry_run:
            await app.maintenance.check_writable()  # or jobs that are pending already would be waited for
            with progress_bar() as progress:
                task = progress.add_task("declaring", total=None)
                async for changed in app.variants.reconcile_variants():
                    progress.advance(task, changed)
                if not no_wait:
                    await _make(app)
        return found

    found = command.run(work, staging=not dry_run)
    _show(found, as_json=as_json)
    if dry_run and not as_json and not any(each.other or each.missing for each in found):
        click.echo("Nothing to do.")


async def _survey(app: Application) -> list[VariantDifference]:
    return list(await app.variants.reconcile_variants.survey())


async def _make(app: Application) -> None:
    """Make variants until none is pending, in parallel with other processes."""
    lane = Lane({MAKE_VARIANTS: app.variants.make_variants}, app.settings.jobs.concurrency)
    making = asyncio.create_task(app.parts.jobs.queue.run([lane]))
    try:
        with progress_bar() as progress:
            left = (await app.variants.tally_variants()).pending
            task = progress.add_task("making variants", total=left)
            while left and not making.done():
                await asyncio.sleep(PROGRESS_INTERVAL)
                left = (await app.variants.tally_variants()).pending
                progress.update(task, completed=(progress.tasks[task].total or 0) - left)
    finally:
        making.cancel()
        await asyncio.wait([making])
    if not making.cancelled():
        making.result()


def _show(found: list[VariantDifference], *, as_json: bool) -> None:
    objects = [DifferenceObject(each.name, each.recipe, each.right, each.other, each.missing) for each in found]
    if as_json:
        print_json(objects)
        return
    print_table(
        ("VARIANT", "RECIPE", "AS DECLARED", "OUTDATED", "MISSING"),
        [
            (each.name, each.recipe or "(removed)", f"{each.right:,}", f"{each.other:,}", f"{each.missing:,}")
            for each in found
        ],
    )
