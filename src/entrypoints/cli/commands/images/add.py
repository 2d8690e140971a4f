"""``calotype images add``: storing files and folders of files."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from domain.model.storage.blob import Digest
from entrypoints.cli.arguments.input_files import digest_of, files_below, name_of
from entrypoints.cli.command_context import json_option
from entrypoints.cli.exits import SOME_REFUSED
from entrypoints.cli.image_backends.target import Target, on_images
from entrypoints.cli.image_reports import report
from entrypoints.cli.in_order import in_order
from entrypoints.cli.printing import print_json, progress_bar
from entrypoints.cli.refusals import REFUSALS, Refusal, Refusals
from entrypoints.schemas import ImageObject

if TYPE_CHECKING:
    from entrypoints.cli.image_backends.image_backend import Images


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file. ``image``: the one that it became or was before; None in a dry run, or if it is refused."""

    file: str
    image: ImageObject | None = None
    was_there: bool = False
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Adding:
    """How files are stored. The same bytes are not stored twice, unless ``again``, however often they are among the files."""

    images: Images
    name: str | None
    again: bool
    dry_run: bool
    turns: defaultdict[Digest, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    tried: set[Digest] = field(default_factory=set)

    async def add(self, file: str) -> Outcome:
        try:
            digest = None if self.again else await digest_of(file)
            if digest is None:
                return await self._store(file)
            async with self.turns[
                digest
            ]:  # of two files with the same bytes, the second one finds the first one's image
                if there := await self.images.of_upload(digest):
                    return Outcome(file, there, was_there=True)
                if self.dry_run and digest in self.tried:
                    return Outcome(file, was_there=True)
                self.tried.add(digest)
                return await self._store(file)
        except REFUSALS as error:
            return Outcome(file, refusal=error)

    async def _store(self, file: str) -> Outcome:
        if self.dry_run:
            return Outcome(file)
        stored = await self.images.store(file, self.name or name_of(file))
        return Outcome(file, stored.image, was_there=stored.is_duplicate)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True))
@click.option("--name", help="Name of the image instead of the file's name; for one file only.")
@click.option("--again", is_flag=True, help="Store files too that were stored before.")
@click.option("--dry-run", is_flag=True, help="Only tell which files would be stored. They are not decoded.")
@json_option
@click.pass_context
@on_images
def add(
    target: Target,
    context: click.Context,
    paths: tuple[str, ...],
    name: str | None,
    again: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Store images: files, and all files in folders and in those below them. "-" reads one from standard input.

    A file that is refused is named on standard error, and the others are stored. A file with the bytes of one that the
    user has uploaded before is skipped, so the command can be stopped at any time and continues when run again. Hidden
    files in folders are left out, and so is the data folder. The exit status is 1 if some files were refused and others were not.
    """
    refusals = Refusals()
    files = _files(paths, target.command.settings().data_folder.absolute(), refusals)
    if name is not None and (len(paths) > 1 or files != list(paths)):
        raise click.UsageError("--name is for one file only.")
    found: list[ImageObject] = []
    counts: Counter[str] = Counter()

    async def work(images: Images) -> None:
        adding = Adding(images, name, again, dry_run)
        with progress_bar() as bar:
            task = bar.add_task("storing", total=len(files))
            async with aclosing(in_order(files, adding.add, images.at_once)) as outcomes:
                async for outcome in outcomes:
                    _tell(outcome, refusals, counts, quiet=as_json)
                    found.extend([outcome.image] if outcome.image else [])
                    bar.advance(task)

    try:
        target.run(work, storing=True)
    finally:
        if as_json:
            print_json(found)
    if not as_json and files != list(paths[:1]):
        click.echo(_summary(counts, refusals, dry_run=dry_run))
    context.exit(SOME_REFUSED if refusals.codes and counts else refusals.status)


def _files(paths: Sequence[str], data: Path, refusals: Refusals) -> list[str]:
    found: list[str] = []
    for path in paths:
        found += files_below(path, data, refusals.tell) if Path(path).is_dir() else [path]
    return found


def _tell(outcome: Outcome, refusals: Refusals, counts: Counter[str], *, quiet: bool) -> None:
    if outcome.refusal is not None:
        refusals.tell(outcome.file, outcome.refusal)
        return
    counts["skipped" if outcome.was_there else "stored"] += 1
    if quiet:
        return
    if outcome.was_there:
        known = f"already stored as {outcome.image.id}" if outcome.image else "the same bytes as another of these files"
        click.echo(f"{outcome.file}: {known}")
    elif outcome.image:
        report(outcome.image)
    else:
        click.echo(f"{outcome.file}: would be stored")


def _summary(counts: Counter[str], refusals: Refusals, *, dry_run: bool) -> str:
    stored = f"{counts['stored']:,} {'to store' if dry_run else 'stored'}"
    why = ", ".join(f"{code} {number:,}" for code, number in refusals.codes.most_common())
    refused = f"{refusals.codes.total():,} refused" + (f" ({why})" if why else "")
    return f"{stored}, {counts['skipped']:,} skipped, {refused}"
