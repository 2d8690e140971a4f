"""``calotype images recompress``: compressing stored images again.

Use cases: images/recompressing/recompress_images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from domain.use_cases.images.recompressing.recompress_images import (
    RecompressionBegun,
    RecompressionFailed,
    RecompressionTally,
)
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.exits import DONE, explained, status_of
from entrypoints.cli.printing import print_json, progress_bar, readable_size

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application


@click.command()
@click.option("--user", "username", metavar="USERNAME", help="User whose images to compress. Default: all users.")
@click.option("--dry-run", is_flag=True, help="Only report the savings.")
@click.option("--with-loss", is_flag=True, help="Also compress with loss what was stored without, or with less.")
@click.option("--again", is_flag=True, help="Include images already compressed in this mode.")
@json_option
@click.pass_context
@pass_command
def recompress(
    command: CommandContext,
    context: click.Context,
    username: str | None,
    dry_run: bool,
    with_loss: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Compress stored images again as images.compression says now, and keep results that are smaller.

    Images stored without loss stay so unless --with-loss is given, because a loss cannot be undone. Images stored with
    loss are never compressed with loss again. The command can be stopped at any time and continues when run again. Links
    to the old bytes stay valid until they expire.
    """
    tally, status = command.run(
        lambda app: _recompress(app, username, further=with_loss, again=again, dry_run=dry_run), staging=True
    )
    if as_json:
        figures = {"checked": tally.checked, "smaller": tally.smaller, "before": tally.before, "after": tally.after}
        figures |= {"kept_from_loss": tally.kept_from_loss, "compressed_before": tally.compressed_before}
        print_json(figures | {"failed": tally.failed, "dry_run": dry_run})
    else:
        click.echo(_told(tally, dry_run=dry_run))
        if tally.kept_from_loss:
            click.echo(
                f"{tally.kept_from_loss} were stored without loss or with less loss, and stay so unless --with-loss is given."
            )
        if tally.compressed_before:
            mode = command.settings().images.compression
            click.echo(
                f"{tally.compressed_before} were compressed with loss or in mode {mode} before, and stay so unless --again is given."
            )
    context.exit(status)


def _told(tally: RecompressionTally, *, dry_run: bool) -> str:
    if not tally.checked and not tally.failed:
        return "Nothing to do."
    verb = "could become" if dry_run else "became"
    return (
        f"{tally.checked} checked, {tally.smaller} {verb} smaller: {readable_size(tally.before)} -> "
        f"{readable_size(tally.after)} ({readable_size(tally.before - tally.after)} saved), {tally.failed} failed"
    )


async def _recompress(
    app: Application, username: str | None, *, further: bool, again: bool, dry_run: bool
) -> tuple[RecompressionTally, int]:
    """The tally and the exit status. Shows the progress meanwhile."""
    tally, status = RecompressionTally(), DONE
    steps = app.images.recompress_images(username, further=further, again=again, dry_run=dry_run)
    with progress_bar() as progress:
        task = progress.add_task("recompressing", total=None)
        async for step in steps:
            match step:
                case RecompressionBegun(images=number):
                    progress.update(task, total=number)
                case RecompressionTally():
                    tally = step
                case RecompressionFailed(image=image, error=error):
                    status = max(status, status_of(error))
                    progress.console.print(
                        f"{image.id}  {image.name}: {explained(error)}", markup=False, highlight=False
                    )
                    progress.advance(task)
                case _:
                    progress.advance(task)
    return tally, status
