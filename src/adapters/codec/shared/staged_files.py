"""Staged files as the codec reads and writes them."""

import hashlib
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from domain.model.storage.blob import Digest
from domain.ports.staging import StagedFile, StagedPath


class StagingFailed(Exception):
    """A staged file could not be read or written, which is no fault of the picture in it."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"{type(error).__name__}: {error.strerror}")
        self.number = error.errno or 0


@contextmanager
def opened(path: StagedPath) -> Iterator[BinaryIO]:
    """The file, open for reading. Only opening it is a matter of staging: what a decoder raises passes unchanged."""
    with _blamed_on_staging():
        file = Path(path).open("rb")  # noqa: SIM115  closed below
    with file:
        yield file


@contextmanager
def mapped(file: BinaryIO) -> Iterator[bytes | mmap.mmap]:
    """All bytes of ``file``, brought into memory only as they are looked at."""
    try:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:  # an empty file cannot be mapped
        yield b""
        return
    with data:
        yield data


def create(*paths: StagedPath) -> None:
    """Make empty files. Workers cannot, so that one that is being killed leaves none behind."""
    with _blamed_on_staging():
        for path in paths:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))


def write(path: StagedPath, data: bytes) -> StagedFile:
    """Fill the existing file at ``path``."""
    with _blamed_on_staging(), os.fdopen(os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC), "wb") as file:
        file.write(data)
    return StagedFile(path, len(data), Digest(hashlib.sha256(data).hexdigest()))


def replace(source: StagedPath, target: StagedPath) -> None:
    """Have ``target`` be the file that was ``source``."""
    with _blamed_on_staging():
        Path(source).replace(target)


def remove(*paths: StagedPath) -> None:
    """Have no file at any of ``paths``."""
    with _blamed_on_staging():
        for path in paths:
            Path(path).unlink(missing_ok=True)


@contextmanager
def _blamed_on_staging() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StagingFailed(error) from None
