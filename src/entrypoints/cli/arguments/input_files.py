"""The files that a command is given; "-" is standard input."""

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from domain.errors import FileTooLarge
from domain.model.storage.blob import Digest
from domain.ports.staging import StagedWriter
from entrypoints.cli.errors import CannotRead

CHUNK = 256 * 1024  # bytes


async def chunks_of(file: str) -> AsyncIterator[bytes]:
    """The bytes of ``file``, or of standard input for "-".

    Raises:
        CannotRead: there is no such file, or it cannot be read.
    """
    with _reading():
        source: BinaryIO = sys.stdin.buffer if file == "-" else await asyncio.to_thread(open, file, "rb")
    try:
        while chunk := await _read(source):
            yield chunk
    finally:
        if file != "-":
            await asyncio.to_thread(source.close)


async def copy_to_staging(file: str, writer: StagedWriter, limit: int) -> None:
    """Read ``file``, or standard input for "-", into a staged file.

    Raises:
        CannotRead: there is no such file, or it cannot be read.
        FileTooLarge: it has more than ``limit`` bytes.
    """
    size = 0
    async for chunk in chunks_of(file):
        size += len(chunk)
        if size > limit:
            raise FileTooLarge(limit)
        await writer.write(chunk)


async def digest_of(file: str) -> Digest | None:
    """The digest of a file; None if it is none that can be read twice, such as a pipe.

    Raises:
        CannotRead: it cannot be read.
    """

    def digest() -> Digest | None:
        if file == "-" or not Path(file).is_file():  # one that does not exist is refused when it is stored
            return None
        with Path(file).open("rb") as source:
            return Digest(hashlib.file_digest(source, "sha256").hexdigest())

    with _reading():
        return await asyncio.to_thread(digest)


def files_below(folder: str, data: Path, refuse: Callable[[str, CannotRead], None]) -> Sequence[str]:
    """The files in a folder and in those below it, sorted. Hidden files and folders are left out, links to folders, and the
    folder ``data``.

    ``refuse`` is told about each folder that cannot be read.
    """

    def told(error: OSError) -> None:
        refuse(str(error.filename), CannotRead(error.strerror or "It cannot be read"))

    found = []
    for parent, folders, files in os.walk(folder, onerror=told):
        folders[:] = sorted(
            each for each in folders if not each.startswith(".") and Path(parent, each).absolute() != data
        )
        found += [str(Path(parent, each)) for each in sorted(files) if not each.startswith(".")]
    return found


def name_of(file: str) -> str:
    """The name that the file brings with it; empty for standard input."""
    return "" if file == "-" else Path(file).name


async def _read(source: BinaryIO) -> bytes:
    with _reading():
        return await asyncio.to_thread(source.read, CHUNK)


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotRead(error.strerror or "It cannot be read") from error
