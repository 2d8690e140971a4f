"""``calotype compress``: how files would be compressed.

Use cases: images/compress_file.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import rich_click as click
from msgspec import Struct

from domain.errors import CalotypeError
from domain.model.images.naming import safe_name
from domain.model.pixels.compression import CompressionMode
from entrypoints.cli.arguments.input_files import copy_to_staging, name_of
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.errors import CannotWrite
from entrypoints.cli.exits import DONE, explained, status_of
from entrypoints.cli.printing import complain, print_json, print_table, readable_size
from entrypoints.settings.stores import FilesystemStore, Storage

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application

MODES = click.Choice([each.value for each in CompressionMode])


class Trial(Struct, frozen=True):
    """The result for one file. ``dropped``: what it lacks of the upload, besides private metadata. ``seconds``: total time.
    ``error``: why there is no other value.
    """

    file: str
    uploaded_size: int | None = None
    size: int | None = None
    codec: str | None = None
    lossless: bool | None = None
    score: float | None = None
    lowest: float | None = None
    dropped: tuple[str, ...] | None = None
    seconds: float | None = None
    error: str | None = None


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path())
@click.option("--mode", type=MODES, help="Compression mode. Default: as images.compression says.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, writable=True),
    help="Folder to write the results to; made if missing. Files in it are never overwritten.",
)
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
        for each in trials:
            if each.error is not None:
                complain(f"{each.file}: {each.error}")
            if each.dropped:
                complain(f"{each.file}: not in the result: {', '.join(each.dropped)}")
    context.exit(status)


@asynccontextmanager
async def _workbench(command: CommandContext) -> AsyncIterator[Application]:
    """A codec and a temporary staging area, independent of any installation."""
    settings = command.settings()
    with tempfile.TemporaryDirectory(prefix="calotype-") as folder:
        storage = Storage(store=FilesystemStore(path=folder), data=folder)
        app = command.application(msgspec.structs.replace(settings, storage=storage))
        app.parts.storage.staging.open()
        try:
            yield app
        finally:
            await app.parts.codec.codec.close()
            app.parts.storage.staging.close()


async def _tried(app: Application, file: str, mode: CompressionMode | None, output: str | None) -> Trial:
    compress_file = app.images.compress_file
    async with AsyncExitStack() as stack:
        writer = await stack.enter_async_context(app.parts.storage.staging.receive())
        await copy_to_staging(file, writer, app.settings.images.largest_file)
        upload = await writer.finish()
        outlet = await stack.enter_async_context(app.parts.storage.staging.outlet(upload.size))
        start = time.monotonic()
        made = await compress_file(upload, outlet, mode=mode)
        seconds = time.monotonic() - start
        if output is not None:
            name = safe_name(name_of(file), made.facts.format)
            await asyncio.to_thread(_write, made.file.path, Path(output), name)
    receipt = made.receipt
    return Trial(
        file,
        upload.size,
        receipt.size,
        receipt.codec,
        receipt.lossless,
        receipt.score,
        receipt.lowest,
        receipt.dropped,
        round(seconds, 2),
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
    unscored = "same pixels" if trial.lossless else "converted"
    score = unscored if trial.score is None else f"{trial.score:.1f}"
    saved = f"{100 - 100 * trial.size / trial.uploaded_size:.0f} %"
    before, after = readable_size(trial.uploaded_size), readable_size(trial.size)
    return trial.file, before, after, saved, score, trial.codec or "", f"{trial.seconds:.1f}"
