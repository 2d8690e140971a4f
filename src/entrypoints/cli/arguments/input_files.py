"""The files that a command is given; "-" is standard input."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from domain.errors import FileTooLarge
from domain.ports.staging import StagedWriter
from entrypoints.cli.errors import CannotRead

CHUNK = 256 * 1024  # bytes


async def copy_to_staging(file: str, writer: StagedWriter, limit: int) -> None:
    """Read ``file``, or standard input for "-", into a staged file.

    Raises:
        CannotRead: there is no such file, or it cannot be read.
        FileTooLarge: it has more than ``limit`` bytes.
    """
    with _reading():
        source: BinaryIO = sys.stdin.buffer if file == "-" else await asyncio.to_thread(open, file, "rb")
    try:
        size = 0
        while chunk := await _read(source):
            size += len(chunk)
            if size > limit:
                raise FileTooLarge(limit)
            await writer.write(chunk)
    finally:
        if file != "-":
            await asyncio.to_thread(source.close)


async def _read(source: BinaryIO) -> bytes:
    with _reading():
        return await asyncio.to_thread(source.read, CHUNK)


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotRead(error.strerror or "It cannot be read") from error


def name_of(file: str) -> str:
    """The name that the file brings with it; empty for standard input."""
    return "" if file == "-" else Path(file).name
