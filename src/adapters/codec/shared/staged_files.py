"""Staged files as image workers read and write them: by descriptors, since a worker can open no path."""

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO


class StagingFailed(Exception):
    """A staged file could not be written; the image in it is not the cause. ``number`` is the system's error."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"{type(error).__name__}: {error.strerror}")
        self.number = error.errno or 0


@contextmanager
def opened(descriptor: int) -> Iterator[BinaryIO]:
    """The file from its beginning. The descriptor stays open."""
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        file.seek(0)
        yield file


@contextmanager
def mapped(descriptor: int) -> Iterator[bytes | mmap.mmap]:
    """All bytes of the file, read into memory only when they are used."""
    try:
        data = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    except ValueError:  # an empty file cannot be mapped
        yield b""
        return
    with data:
        yield data


def write(descriptor: int, data: bytes) -> None:
    """Make ``data`` the content of the file.

    Raises:
        MemoryError: it is in memory, and may not become so large.
        StagingFailed: it could not be written.
    """
    view = memoryview(data)
    try:
        written = 0
        while written < len(view):
            written += os.pwrite(descriptor, view[written:], written)
        os.ftruncate(descriptor, written)
    except PermissionError as error:
        raise MemoryError from error
    except OSError as error:
        raise StagingFailed(error) from None
