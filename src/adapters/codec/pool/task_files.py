"""The files of one task, as the server opens them for a worker and takes them back. Everything here blocks."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from adapters.codec.shared.staged_files import StagingFailed
from domain.model.storage.blob import Digest
from domain.ports.staging import StagedFile, StagedPath

_COPIED_AT_ONCE = 1 << 20  # bytes


class WrongSize(Exception):
    """A file does not have the size that a worker reported."""


class TaskFiles:
    """The open files of one task: the source for reading, and targets for writing and reading."""

    def __init__(self) -> None:
        self.descriptors: list[int] = []

    def open(self, source: StagedPath, targets: Sequence[StagedPath]) -> None:
        """Open ``source``, and make each of ``targets``. If one fails, those before it stay open."""
        with _raising_staging_failed():
            self.descriptors.append(os.open(source, os.O_RDONLY | os.O_CLOEXEC))
            self.descriptors.extend(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for path in targets)

    def close(self) -> None:
        for each in self.descriptors:
            os.close(each)


def keep(written: StagedPath, size: int, target: StagedPath, *others: StagedPath) -> StagedFile:
    """Copy ``written``, which a worker says has ``size`` bytes, to a new file ``target``, and remove the ``others``.

    The worker may still have ``written`` open, and could change it after its digest was taken.

    Raises:
        WrongSize: it has another size.
    """
    fresh = Path(f"{target}.kept")
    try:
        with _raising_staging_failed():
            digest = _copied(Path(written), size, fresh)
            fresh.replace(target)
            for each in others:
                Path(each).unlink(missing_ok=True)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return StagedFile(target, size, digest)


def _copied(written: Path, size: int, fresh: Path) -> Digest:
    copied, digest = 0, hashlib.sha256()
    with written.open("rb", buffering=0) as source, fresh.open("xb", buffering=0) as file:
        while copied <= size and (data := source.read(_COPIED_AT_ONCE)):
            copied += file.write(data)
            digest.update(data)
    if copied != size:
        raise WrongSize
    return Digest(digest.hexdigest())


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
