"""The files of one task, as the server opens them for a worker and takes them back.

Everything here blocks, and is called in a thread.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from adapters.codec.shared.staged_files import StagingFailed
from domain.model.storage.blob import Digest
from domain.ports.staging import StagedFile, StagedPath


class WrongSize(Exception):
    """A file does not have the size that a worker told."""


def head(path: StagedPath, size: int) -> bytes:
    """The first ``size`` bytes of the file, or all."""
    with _raising_staging_failed(), Path(path).open("rb", buffering=0) as file:
        return file.read(size)


def open_files(opened: list[int], source: StagedPath, targets: Sequence[StagedPath]) -> None:
    """Append descriptors to ``opened``: of ``source`` for reading, and of each of ``targets``, made here, for writing.

    Those that are open already are in the list even if the next cannot be opened.
    """
    with _raising_staging_failed():
        opened.append(os.open(source, os.O_RDONLY | os.O_CLOEXEC))
        opened.extend(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600) for path in targets)


def keep(written: StagedPath, size: int, target: StagedPath, *others: StagedPath) -> StagedFile:
    """Move ``written``, which a worker says has ``size`` bytes, to ``target``, and remove the ``others``.

    Raises:
        WrongSize: it has not.
    """
    with _raising_staging_failed():
        if Path(written).stat().st_size != size:
            raise WrongSize
        if written != target:
            Path(written).replace(target)
        with Path(target).open("rb", buffering=0) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        for each in others:
            Path(each).unlink(missing_ok=True)
    return StagedFile(target, size, Digest(digest))


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
