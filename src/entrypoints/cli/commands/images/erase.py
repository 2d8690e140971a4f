"""``calotype images erase``: removing images with all that is known of them, with evidence.

Use cases: images/removing/erase_images.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import rich_click as click
from msgspec import Struct

from domain.errors import Unavailable
from domain.model.images.image import Image
from domain.model.images.naming import ImageId
from domain.use_cases.images.removing.erase_images import ErasedImage
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.exits import DONE, explained
from entrypoints.cli.printing import complain, print_json, print_table, progress_bar, readable_size
from entrypoints.cli.refusals import Refusals

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application


class BlobEvidence(Struct, frozen=True):
    """A blob that was removed. ``part``: what of the image it was. ``gone``: the store was asked, and does not have it."""

    image: int
    part: str
    key: str
    sha256: str
    size: int
    gone: bool


class Evidence(Struct):
    """What was erased, and where bytes of it may be left: in blobs that are not gone, and in ``database``.

    ``is_complete``: whether all was done that could be.
    """

    images: int = 0
    blobs: list[BlobEvidence] = []
    database: Sequence[str] = ()
    is_complete: bool = True

    def add(self, erased: ErasedImage) -> None:
        self.images += 1
        for blob in erased.blobs:
            facts = blob.record.facts
            size, digest = (facts.size, facts.digest) if facts else (0, "")
            self.blobs.append(BlobEvidence(erased.id, blob.part, blob.record.key, digest, size, blob.is_gone))
            self.is_complete = self.is_complete and blob.is_gone

    @property
    def status(self) -> int:
        """The exit status of the command."""
        return DONE if self.is_complete else os.EX_TEMPFAIL

    def print(self, *, as_json: bool) -> None:
        if as_json:
            print_json(self)
            return
        print_table(
            ("IMAGE", "PART", "KEY", "SHA256", "SIZE", "GONE"),
            [
                (str(each.image), each.part, each.key, each.sha256, f"{each.size:,}", "yes" if each.gone else "no")
                for each in self.blobs
            ],
        )
        size = readable_size(sum(each.size for each in self.blobs))
        click.echo(f"images erased: {self.images:,}, with {len(self.blobs):,} blobs of {size}", err=True)
        if not all(each.gone for each in self.blobs):
            click.echo("The store did not remove all blobs; the service goes on trying.", err=True)
        if self.database:
            click.echo(f"Something may be left in: {', '.join(self.database)}", err=True)


def erasing_options(function: Callable[..., None]) -> Callable[..., None]:
    """The options of commands that erase."""
    function = click.option(
        "--no-vacuum", is_flag=True, help="Do not write the database anew, for which nothing can be written meanwhile."
    )(function)
    return click.option("--yes", is_flag=True, help="Do not ask. Without a terminal nothing is asked anyway.")(function)


async def settle_database(app: Application, evidence: Evidence, *, vacuum: bool) -> None:
    """Remove what the database has left of deleted rows, and note where something stays."""
    database = app.parts.database.vacuum
    remainders = None
    if vacuum:
        try:
            remainders = (await database()).remainders
        except Unavailable as error:  # what was erased is told all the same
            complain(f"the database was not written anew: {explained(error)}")
            evidence.is_complete = False
    evidence.database = [str(each) for each in (await database.empty_log() if remainders is None else remainders)]


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...", type=click.IntRange(1))
@erasing_options
@json_option
@click.pass_context
@pass_command
def erase(
    command: CommandContext,
    context: click.Context,
    ids: tuple[int, ...],
    no_vacuum: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove images at once, with all that is known of them, and print what was removed.

    The store is asked whether it still has their bytes, and the database is written anew, so that names, tags and texts are
    left in no file of it. Backups, logs, and caches of others are not reached. The exit status is 75 if the store has not
    removed all bytes yet, or the database could not be written anew.
    """
    refusals = Refusals()
    wanted = [ImageId(id) for id in dict.fromkeys(ids)]

    async def find(app: Application) -> list[Image]:
        found = []
        for id in wanted:
            with refusals.about(f"image {id}"):
                found.append(await app.images.erase_images.find(id))
        return found

    async def work(app: Application) -> Evidence:
        evidence = Evidence()
        with progress_bar() as bar:
            task = bar.add_task("erasing", total=len(found))
            for image in found:
                with refusals.about(f"image {image.id}"):
                    evidence.add(await app.images.erase_images(image.id))
                bar.advance(task)
        if evidence.images:
            await settle_database(app, evidence, vacuum=not no_vacuum)
        return evidence

    found: Any = command.run(find)
    if found:
        size = readable_size(sum(each.original.facts.size for each in found))
        confirm(f"Erase {len(found):,} image{'' if len(found) == 1 else 's'} of {size} for good?", yes=yes)
    evidence = command.run(work, staging=True) if found else Evidence()
    evidence.print(as_json=as_json)
    context.exit(refusals.status or evidence.status)


def confirm(question: str, *, yes: bool) -> None:
    """Ask, where there is somebody to answer. "No" ends the command."""
    if not yes and sys.stdin.isatty():
        click.confirm(question, abort=True, err=True)
