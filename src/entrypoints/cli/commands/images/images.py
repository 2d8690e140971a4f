"""``calotype images``: images on the command line, with or without a running server.

Use cases: images/image_bytes, images/list_images, images/removing/delete_image, images/replace_image, images/show_image,
images/store_image.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, BinaryIO

import rich_click as click

from domain.model.images.details import normal_tag
from domain.model.images.image import Image
from domain.model.images.image_filter import ImageFilter
from domain.model.images.naming import ImageReference
from domain.model.images.page import LARGEST_LIMIT, Cursor, PageRequest
from domain.use_cases.images.image_bytes import bytes_of
from entrypoints.cli.arguments.input_files import copy_to_staging, name_of
from entrypoints.cli.command_context import (
    CommandContext,
    acting_for,
    json_option,
    pass_command,
    storing_user_option,
    user_option,
)
from entrypoints.cli.commands.images.edit import edit
from entrypoints.cli.commands.images.recompress import recompress
from entrypoints.cli.errors import CannotWrite
from entrypoints.cli.image_reports import described, image_of, print_image, reference_argument, report
from entrypoints.cli.printing import (
    print_json,
    print_table,
    readable_size,
    short_moment,
)
from entrypoints.cli.refusals import Refusals, about
from entrypoints.schemas import ImageObject

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application

FILE = click.Path(allow_dash=True)


@click.group()
def images() -> None:
    """Store, list, show, edit, download, replace and delete images."""


@images.command("list")
@user_option
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Maximum number of images.")
@click.option("--all", "everything", is_flag=True, help="List all images.")
@click.option("--tag", help="List only images with this tag.")
@click.option("--public/--private", default=None, help="List only images that are public, or that are not.")
@json_option
@pass_command
def list_(
    command: CommandContext,
    username: str,
    limit: int,
    everything: bool,
    tag: str | None,
    public: bool | None,
    as_json: bool,
) -> None:
    """List a user's images, newest first."""
    wanted = ImageFilter(tag=None if tag is None else normal_tag(tag), public=public)

    async def work(app: Application) -> tuple[list[Image], int, list[ImageObject]]:
        principal = await acting_for(app, username)
        found: list[Image] = []
        cursor: Cursor | None = None
        while True:
            number = LARGEST_LIMIT if everything else min(LARGEST_LIMIT, limit - len(found))
            page = await app.images.list_images(principal, PageRequest(limit=number, cursor=cursor, filter=wanted))
            found += page.items
            cursor = page.onward
            if cursor is None or (not everything and len(found) >= limit):
                return found, page.count, [described(app, image) for image in found]

    found, count, objects = command.run(work, staging=True)
    if as_json:
        print_json(objects)
        return
    print_table(
        ("ID", "NAME", "SIZE", "PIXELS", "STORED", "VARIANTS"),
        [
            (
                str(each.id),
                each.name,
                readable_size(each.original.facts.size),
                f"{each.original.dimensions.width} x {each.original.dimensions.height}",
                short_moment(each.created_at),
                ", ".join(f"{variant.name} {variant.state}" for variant in each.variants),
            )
            for each in found
        ],
    )
    if len(found) < count:
        click.echo(f"{len(found)} of {count}; --all lists all.", err=True)


@images.command()
@reference_argument
@user_option
@json_option
@pass_command
def show(command: CommandContext, reference: str, username: str, as_json: bool) -> None:
    """Describe an image, with links that open it without a token."""

    async def work(app: Application) -> ImageObject:
        principal = await acting_for(app, username)
        with about(image_of(username, reference)):
            return described(app, await app.images.show_image(principal, ImageReference.parse(reference)))

    shown = command.run(work, staging=True)
    if as_json:
        print_json(shown)
    else:
        print_image(shown)


@images.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=FILE)
@click.option("--name", help="Name of the image instead of the file's name; for one file only.")
@storing_user_option
@json_option
@click.pass_context
@pass_command
def add(
    command: CommandContext,
    context: click.Context,
    files: tuple[str, ...],
    name: str | None,
    username: str,
    as_json: bool,
) -> None:
    """Store images. "-" reads one from standard input.

    A file that is refused is named on standard error, and the others are stored. The exit status tells that there was one.
    """
    if name is not None and len(files) > 1:
        raise click.UsageError("--name is for one file only.")
    stored: list[ImageObject] = []
    refusals = Refusals()

    async def work(app: Application) -> None:
        principal = await acting_for(app, username, storing=True)
        for file in files:
            with refusals.about(file):
                async with app.parts.storage.staging.receive() as writer:
                    await copy_to_staging(file, writer, app.settings.images.largest_file)
                    result = await app.images.store_image(principal, await writer.finish(), name or name_of(file))
                stored.append(described(app, result.image))
                if as_json:
                    continue
                if result.is_duplicate:
                    click.echo(f"{file}: already stored as {result.image.id}")
                else:
                    report(stored[-1])

    try:
        command.run(work, staging=True)
    finally:
        if as_json:
            print_json(stored)
    context.exit(refusals.status)


@images.command()
@reference_argument
@click.argument("file", type=FILE)
@user_option
@json_option
@pass_command
def replace(command: CommandContext, reference: str, file: str, username: str, as_json: bool) -> None:
    """Replace the bytes of an image. Its id stays.

    Addressed by id, the image takes the name of the new file. Addressed by name, it keeps its name, and the format must
    be the same.
    """

    async def work(app: Application) -> ImageObject:
        principal, parsed = await acting_for(app, username), ImageReference.parse(reference)
        with about(image_of(username, reference)):
            await app.images.show_image(principal, parsed)  # found out before the file is read
        with about(file):
            async with app.parts.storage.staging.receive() as writer:
                await copy_to_staging(file, writer, app.settings.images.largest_file)
                image = await app.images.replace_image(principal, parsed, await writer.finish(), name_of(file))
        return described(app, image)

    replaced = command.run(work, staging=True)
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
@user_option
@pass_command
def get(command: CommandContext, reference: str, variant: str | None, output: str | None, username: str) -> None:
    """Download an image or a variant."""
    if output is None and sys.stdout.isatty():
        raise click.UsageError("This would write binary data to the terminal. Use -o FILE, or a pipe.")

    async def work(app: Application) -> None:
        principal = await acting_for(app, username)
        with about(image_of(username, reference)):
            image = await app.images.show_image(principal, ImageReference.parse(reference))
            shown = bytes_of(image, variant)
        async with app.parts.storage.blobs.open(shown.linked.key) as steps:
            try:
                await _write(steps, output)
            except OSError as error:
                raise CannotWrite(output or "standard output", error.strerror or "cannot be written") from error

    command.run(work, staging=True)


@images.command()
@click.argument("references", nargs=-1, required=True, metavar="ID|NAME...")
@user_option
@click.pass_context
@pass_command
def delete(command: CommandContext, context: click.Context, references: tuple[str, ...], username: str) -> None:
    """Delete images for good."""
    refusals = Refusals()

    async def work(app: Application) -> None:
        principal = await acting_for(app, username)
        for reference in references:
            with refusals.about(image_of(username, reference)):
                await app.images.delete_image(principal, ImageReference.parse(reference))
                click.echo(f"deleted {reference}")

    command.run(work)
    context.exit(refusals.status)


async def _write(steps: AsyncIterator[bytes], output: str | None) -> None:
    target: BinaryIO = await asyncio.to_thread(open, output, "wb") if output else sys.stdout.buffer
    try:
        async for step in steps:
            await asyncio.to_thread(target.write, step)
        await asyncio.to_thread(target.flush)
    finally:
        if output:
            await asyncio.to_thread(target.close)


images.add_command(edit)
images.add_command(recompress)
