"""The files that a command is given; "-" is standard input."""

import asyncio
import sys
from pathlib import Path
from typing import BinaryIO

from domain.errors import FileTooLarge
from domain.ports.staging import StagedWriter

CHUNK = 256 * 1024  # bytes


async def copy_to_staging(file: str, writer: StagedWriter, limit: int) -> None:
    """Read ``file``, or standard input for "-", into a staged file.

    Raises:
        FileTooLarge: it has more than ``limit`` bytes.
    """
    source: BinaryIO = sys.stdin.buffer if file == "-" else await asyncio.to_thread(open, file, "rb")
    try:
        size = 0
        while chunk := await asyncio.to_thread(source.read, CHUNK):
            size += len(chunk)
            if size > limit:
                raise FileTooLarge(limit)
            await writer.write(chunk)
    finally:
        if file != "-":
            await asyncio.to_thread(source.close)


def name_of(file: str) -> str:
    """The name that the file brings with it; empty for standard input."""
    return "" if file == "-" else Path(file).name
