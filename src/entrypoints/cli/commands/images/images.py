"""``calotype images``: images on the command line, of this machine, with or without a running server, or of a service."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, BinaryIO

import rich_click as click

from entrypoints.cli.command_context import json_option
from entrypoints.cli.commands.images.add import add
from entrypoints.cli.commands.images.edit import edit, rename, tag
from entrypoints.cli.commands.images.erase import erase
from entrypoints.cli.commands.images.export import export
from entrypoints.cli.commands.images.listing import list_
from entrypoints.cli.commands.images.recompress import recompress
from entrypoints.cli.errors import CannotWrite
from entrypoints.cli.image_backends.target import Target, on_images
from entrypoints.cli.image_reports import print_image, reference_argument, report
from entrypoints.cli.printing import print_json
from entrypoints.cli.refusals import Refusals, about
from entrypoints.schemas import ImageObject

if TYPE_CHECKING:
    from entrypoints.cli.image_backends.image_backend import Images


@click.group()
def images() -> None:
    """Store, list, show, edit, download, export, replace, delete and erase images."""


@images.command()
@reference_argument
@json_option
@on_images
def show(target: Target, reference: str, as_json: bool) -> None:
    """Describe an image, with links that open it without a token."""

    async def work(images: Images) -> ImageObject:
        with about(target.image(reference)):
            return await images.show(reference)

    shown = target.run(work)
    if as_json:
        print_json(shown)
    else:
        print_image(shown)


@images.command()
@reference_argument
@click.argument("file", type=click.Path(allow_dash=True))
@json_option
@on_images
def replace(target: Target, reference: str, file: str, as_json: bool) -> None:
    """Replace the bytes of an image. Its id stays.

    Addressed by id, the image takes the name of the new file. Addressed by name, it keeps its name, and the format must
    be the same.
    """

    async def work(images: Images) -> ImageObject:
        with about(target.image(reference)):
            await images.show(reference)  # found out before the file is read
        with about(file):
            return await images.replace(reference, file)

    replaced = target.run(work)
    if as_json:
        print_json(replaced)
    else:
        report(replaced)


@images.command()
@reference_argument
@click.option("--variant", help="Variant to download instead of the original, e.g. small.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, writable=True), help="Output file. Default: standard output."
)
@on_images
def get(target: Target, reference: str, variant: str | None, output: str | None) -> None:
    """Download an image or a variant."""
    if output is None and sys.stdout.isatty():
        raise click.UsageError("This would write binary data to the terminal. Use -o FILE, or a pipe.")

    async def work(images: Images) -> None:
        with about(target.image(reference)):
            async with images.open(reference, variant) as steps:
                await _write(steps, output)

    target.run(work)


@images.command()
@click.argument("references", nargs=-1, required=True, metavar="ID|NAME...")
@click.pass_context
@on_images
def delete(target: Target, context: click.Context, references: tuple[str, ...]) -> None:
    """Delete images for good."""
    refusals = Refusals()

    async def work(images: Images) -> None:
        for reference in references:
            with refusals.about(target.image(reference)):
                await images.delete(reference)
                click.echo(f"deleted {reference}")

    target.run(work)
    context.exit(refusals.status)


async def _write(steps: AsyncIterator[bytes], output: str | None) -> None:
    try:
        file: BinaryIO = await asyncio.to_thread(open, output, "wb") if output else sys.stdout.buffer
        try:
            async for step in steps:
                await asyncio.to_thread(file.write, step)
            await asyncio.to_thread(file.flush)
        finally:
            if output:
                await asyncio.to_thread(file.close)
    except OSError as error:
        raise CannotWrite(output or "standard output", error.strerror or "cannot be written") from error


for each in (add, edit, erase, export, list_, recompress, rename, tag):
    images.add_command(each)
