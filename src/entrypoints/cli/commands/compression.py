"""``calotype compress`` shows how files would be compressed; ``calotype images recompress`` compresses stored images.

Use cases: images/compress_file, images/recompressing/recompress_images.
"""

import asyncio
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import rich_click as click
from msgspec import Struct

from domain.errors import CalotypeError
from domain.model.pixels.compression import CompressionMode
from domain.use_cases.images.recompressing.recompress_images import (
    RecompressionBegun,
    RecompressionFailed,
    RecompressionTally,
)
from entrypoints.assembly.application import Application
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.commands.images import images
from entrypoints.cli.errors import CannotWrite
from entrypoints.cli.exits import DONE, explained, status_of
from entrypoints.cli.input_files import copy_to_staging
from entrypoints.cli.printing import complain, print_json, print_table, progress_bar, readable_size
from entrypoints.container import make_application
from entrypoints.settings.stores import FilesystemStore, Storage

MODES = click.Choice([each.value for each in CompressionMode])


class Trial(Struct, frozen=True):
    """The result for one file. ``seconds``: total time. ``error``: why there is no other value."""

    file: str
    uploaded_size: int | None = None
    size: int | None = None
    codec: str | None = None
    lossless: bool | None = None
    score: float | None = None
    seconds: float | None = None
    error: str | None = None


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path())
@click.option("--mode", type=MODES, help="Compression mode. Default: as images.compression says.")
@click.option("-o", "--output", type=click.Path(file_okay=False, writable=True), help="Folder to write the results to.")
@json_option
@click.pass_context
@pass_command
def compress(
    command: CommandContext,
    context: click.Context,
    files: tuple[str, ...],
    mode: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    """Show how image files would be compressed, and store nothing.

    The score is SSIMULACRA 2.1: 100 is identical, 90 cannot be distinguished; at 85 no difference shows when one
    replaces the other on the screen, at 80 none side by side.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that temporary files are removed

    async def work() -> tuple[list[Trial], int]:
        wanted = CompressionMode(mode) if mode else None
        trials, status = [], DONE
        async with _workbench(command) as app:
            for file in files:
                try:
                    trials.append(await _tried(app, file, wanted, output))
                except CalotypeError as error:
                    status = max(status, status_of(error))
                    trials.append(Trial(file, error=explained(error)))
        return trials, status

    trials, status = asyncio.run(work())
    if as_json:
        print_json(trials)
    else:
        rows = [row for row in map(_row, trials) if row]
        if rows:
            print_table(("FILE", "BEFORE", "AFTER", "SAVED", "SCORE", "BY", "SECONDS"), rows)
        for failed in trials:
            if failed.error is not None:
                complain(f"{failed.file}: {failed.error}")
    context.exit(status)


@asynccontextmanager
async def _workbench(command: CommandContext) -> AsyncIterator[Application]:
    """A codec and a temporary staging area, independent of any installation."""
    settings = command.settings()
    with tempfile.TemporaryDirectory(prefix="calotype-") as folder:
        storage = Storage(store=FilesystemStore(path=folder), data=folder)
        app = make_application(msgspec.structs.replace(settings, storage=storage))
        app.parts.storage.staging.open()
        try:
            yield app
        finally:
            await app.parts.codec.codec.close()
            app.parts.storage.staging.close()


async def _tried(app: Application, file: str, mode: CompressionMode | None, output: str | None) -> Trial:
    compress_file = app.images.compress_file
    async with app.parts.storage.staging.receive() as writer, app.parts.storage.staging.outlet() as outlet:
        await copy_to_staging(file, writer, app.settings.images.largest_file)
        upload = await writer.finish()
        start = time.monotonic()
        made = await compress_file(upload, outlet, mode=mode)
        seconds = time.monotonic() - start
        if output is not None:
            await asyncio.to_thread(_write, made.file.path, Path(output), Path(file).name)
    receipt = made.receipt
    return Trial(
        file, upload.size, receipt.size, receipt.codec, receipt.lossless, receipt.score, seconds=round(seconds, 2)
    )


def _write(made: str, folder: Path, name: str) -> None:
    target = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file, Path(made).open("rb") as source:
            shutil.copyfileobj(source, file)
    except OSError as error:
        raise CannotWrite(str(target), error.strerror or "cannot be written") from error


def _row(trial: Trial) -> tuple[str, ...]:
    if trial.uploaded_size is None or trial.size is None:
        return ()
    score = "same pixels" if trial.score is None else f"{trial.score:.1f}"
    saved = f"{100 - 100 * trial.size / trial.uploaded_size:.0f} %"
    before, after = readable_size(trial.uploaded_size), readable_size(trial.size)
    return trial.file, before, after, saved, score, trial.codec or "", f"{trial.seconds:.1f}"


@images.command()
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
