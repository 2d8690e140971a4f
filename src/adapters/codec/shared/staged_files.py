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
    """A staged file could not be read or written; the image in it is not the cause. ``number`` is the system's error."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"{type(error).__name__}: {error.strerror}")
        self.number = error.errno or 0


@contextmanager
def opened(path: StagedPath) -> Iterator[BinaryIO]:
    """The file, open for reading. Only a failure to open it is ``StagingFailed``; what the block raises passes unchanged."""
    with _raising_staging_failed():
        file = Path(path).open("rb")  # noqa: SIM115  closed below
    with file:
        yield file


@contextmanager
def mapped(file: BinaryIO) -> Iterator[bytes | mmap.mmap]:
    """All bytes of ``file``, read into memory only when they are used."""
    try:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:  # an empty file cannot be mapped
        yield b""
        return
    with data:
        yield data


def create(*paths: StagedPath) -> None:
    """Make empty files. Workers cannot create any, so a worker that is killed leaves none behind."""
    with _raising_staging_failed():
        for path in paths:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))


def write(path: StagedPath, data: bytes) -> StagedFile:
    """Fill the existing file at ``path``."""
    with _raising_staging_failed(), os.fdopen(os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC), "wb") as file:
        file.write(data)
    return StagedFile(path, len(data), Digest(hashlib.sha256(data).hexdigest()))


def replace(source: StagedPath, target: StagedPath) -> None:
    """Move ``source`` to ``target``, whose old content is lost."""
    with _raising_staging_failed():
        Path(source).replace(target)


def remove(*paths: StagedPath) -> None:
    """Remove these files, where they exist."""
    with _raising_staging_failed():
        for path in paths:
            Path(path).unlink(missing_ok=True)


@contextmanager
def _raising_staging_failed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StagingFailed(error) from None
