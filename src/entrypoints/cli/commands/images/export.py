"""``calotype images export``: images as files in a folder, with a manifest."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import rich_click as click
from msgspec import Struct

from domain.model.images.page import Ordering
from entrypoints.cli.arguments.image_filters import filter_of, filtered
from entrypoints.cli.arguments.input_files import digest_of
from entrypoints.cli.errors import BytesDiffer, CannotWrite
from entrypoints.cli.exits import SOME_REFUSED
from entrypoints.cli.image_backends.image_backend import ListRequest
from entrypoints.cli.image_backends.target import Target, on_images
from entrypoints.cli.in_order import in_order
from entrypoints.cli.printing import progress_bar
from entrypoints.cli.refusals import REFUSALS, Refusal, Refusals
from entrypoints.schemas import ImageObject

if TYPE_CHECKING:
    from entrypoints.cli.image_backends.image_backend import Images

MANIFEST = "manifest.jsonl"
AT_ONCE = 4


class Entry(Struct, frozen=True):
    """What the manifest says about an image: a line of it."""

    name: str
    id: int
    sha256: str
    size: int
    format: str
    width: int
    height: int
    created_at: str
    updated_at: str
    alt: str
    tags: Sequence[str]
    public: bool
    expires_at: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an image. ``was_there``: the file existed with these bytes."""

    image: ImageObject
    was_there: bool = False
    refusal: Refusal | None = None


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))
@filtered
@click.pass_context
@on_images
def export(target: Target, context: click.Context, folder: str, **conditions: Any) -> None:
    """Write images into a folder, which is made if necessary: a file for each, under its name and with its time.

    manifest.jsonl in it has a line for each image, with name, digest, details and times. Files that exist are never
    overwritten: those with the same bytes are left as they are, so the command can be stopped at any time and continues
    when run again; for others, the image is refused. The exit status is 1 if some images were refused and others were not.
    """
    asked = ListRequest(filter_of(**conditions), Ordering.OLDEST)
    refusals = Refusals()
    counts: Counter[str] = Counter()
    entries: list[Entry] = []
    place = Path(folder)
    earlier = _prepared(place)

    async def work(images: Images) -> None:
        exporting = Exporting(images, place)
        with progress_bar() as bar:
            task = bar.add_task("exporting", total=None)
            async for part in images.list(asked):
                bar.update(task, total=part.count)
                async with aclosing(in_order(part.images, exporting.export, AT_ONCE)) as outcomes:
                    async for outcome in outcomes:
                        bar.advance(task)
                        if outcome.refusal is not None:
                            refusals.tell(target.image(outcome.image.name), outcome.refusal)
                            continue
                        counts["there" if outcome.was_there else "written"] += 1
                        entries.append(msgspec.convert(outcome.image, Entry, from_attributes=True))

    try:
        target.run(work)
    finally:
        _write_manifest(place, {each.name: each for each in (*earlier, *entries)}.values())
    click.echo(f"{counts['written']:,} written, {counts['there']:,} were there, {refusals.codes.total():,} refused")
    context.exit(SOME_REFUSED if refusals.codes and counts else refusals.status)


@dataclass(frozen=True, slots=True)
class Exporting:
    """How images become files in a folder."""

    images: Images
    folder: Path

    async def export(self, image: ImageObject) -> Outcome:
        try:
            return Outcome(image, was_there=not await self._write(image))
        except REFUSALS as error:
            return Outcome(image, refusal=error)

    async def _write(self, image: ImageObject) -> bool:
        """Write the file, and return whether it was missing."""
        file = self.folder / image.name
        if image.name != file.name or image.name.startswith("."):  # a service may send anything
            raise CannotWrite(image.name, "it is no name of a file")
        if await asyncio.to_thread(os.path.lexists, file):
            if await digest_of(str(file)) != image.sha256:
                raise CannotWrite(str(file), "another file of this name exists")
            return False
        part = self.folder / f".calotype-{image.id}.part"
        try:
            async with self.images.open(str(image.id)) as steps:
                await _save(steps, part, image.sha256)
            await asyncio.to_thread(_settle, part, file, datetime.fromisoformat(image.updated_at))
        except OSError as error:
            raise CannotWrite(str(file), error.strerror or "it cannot be written") from error
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return True


async def _save(steps: AsyncIterator[bytes], part: Path, sha256: str) -> None:
    digest = hashlib.sha256()
    file = await asyncio.to_thread(part.open, "wb")
    try:
        async for step in steps:
            digest.update(step)
            await asyncio.to_thread(file.write, step)
    finally:
        await asyncio.to_thread(file.close)
    if digest.hexdigest() != sha256:
        raise BytesDiffer


def _settle(part: Path, file: Path, at: datetime) -> None:
    os.utime(part, (at.timestamp(), at.timestamp()))
    if os.path.lexists(file):  # two images whose names differ only in case may be one file
        raise CannotWrite(str(file), "another file of this name exists")
    part.rename(file)


def _prepared(folder: Path) -> Sequence[Entry]:
    """The manifest of an earlier export into this folder, which is made if necessary.

    Raises:
        CannotWrite: it cannot be used, or the file is something else.
    """
    manifest = folder / MANIFEST
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [msgspec.json.decode(line, type=Entry) for line in manifest.read_bytes().splitlines()]
    except FileNotFoundError:
        return ()
    except msgspec.DecodeError as error:
        raise CannotWrite(str(manifest), "it exists, and is not the manifest of an export") from error
    except OSError as error:
        raise CannotWrite(str(folder), error.strerror or "it cannot be written") from error


def _write_manifest(folder: Path, entries: Iterable[Entry]) -> None:
    part = folder / f".{MANIFEST}.part"
    try:
        part.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in entries))
        part.rename(folder / MANIFEST)
    except OSError as error:
        raise CannotWrite(str(folder / MANIFEST), error.strerror or "it cannot be written") from error
