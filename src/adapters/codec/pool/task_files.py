"""The files of one task: what the server opens for a worker, and what it keeps of what the worker wrote."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from adapters.codec.shared.staged_files import StagingFailed
from adapters.shared import memory_files
from domain.model.storage.blob import Digest
from domain.ports.staging import StagedFile, StagedPath

MOST_IN_MEMORY: Final = 64 * 2**20
"""Bytes that a worker may write to a file in memory. Nothing as small as what is kept in memory becomes so large."""

_COPIED_AT_ONCE: Final = 1 << 20  # bytes


class WrongSize(Exception):
    """A file does not have the size that a worker reported."""


class TaskFiles:
    """The source, open for reading, and a draft of each target, for a worker to write.

    A draft is in memory if its target is. It has no name, so nothing is left of it after ``close``.
    Calls block, except on files that are all in memory.
    """

    def __init__(self, source: StagedPath, targets: Sequence[StagedPath]) -> None:
        self._source = source
        self._targets = targets
        self._was_given = False
        self._descriptors: list[int] = []
        self.are_in_memory = all(memory_files.is_in_memory(each) for each in (source, *targets))

    def is_in_memory(self, number: int) -> bool:
        """Whether the target with this number is."""
        return memory_files.is_in_memory(self._targets[number])

    def open(self) -> None:
        """Open the source, and make the drafts. If one fails, those before it stay open until ``close``."""
        with _raising_staging_failed():
            self._descriptors.append(os.open(self._source, os.O_RDONLY | os.O_CLOEXEC))
            for number, target in enumerate(self._targets):
                self._descriptors.append(_draft(target, number))

    def given(self) -> Sequence[int]:
        """The descriptors for one worker: the source and the drafts. What an earlier worker wrote to them is dropped."""
        if self._was_given:
            self._renew()
        self._was_given = True
        return tuple(self._descriptors)

    def keep(self, number: int, size: int) -> StagedFile:
        """Copy the draft with this number, which a worker says has ``size`` bytes, to its target.

        The worker may still have the draft open, and could change it after its digest was taken.

        Raises:
            WrongSize: it has another size.
        """
        target = self._targets[number]
        with _raising_staging_failed():
            digest = _copied(self._descriptors[1 + number], size, target)
        return StagedFile(target, size, digest)

    def close(self) -> None:
        for each in self._descriptors:
            os.close(each)
        self._descriptors.clear()

    def _renew(self) -> None:
        """A draft in memory cannot be made larger again after a worker has made it smaller."""
        with _raising_staging_failed():
            for number, target in enumerate(self._targets, start=1):
                if memory_files.is_in_memory(target):
                    os.close(self._descriptors[number])
                    self._descriptors[number] = memory_files.make(MOST_IN_MEMORY)


def _draft(target: StagedPath, number: int) -> int:
    if memory_files.is_in_memory(target):
        return memory_files.make(MOST_IN_MEMORY)
    path = f"{target}.{number}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.unlink(path)  # noqa: PTH108  # a staged path is a string
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _copied(draft: int, size: int, target: StagedPath) -> Digest:
    copied, digest = 0, hashlib.sha256()
    made = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(made, "wb", buffering=0) as file:  # noqa: PTH123  # a descriptor
        while copied <= size and (data := os.pread(draft, _COPIED_AT_ONCE, copied)):
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            digest.update(data)
            copied += len(data)
    if copied != size:
        raise WrongSize
    return Digest(digest.hexdigest())


@contextmanager
def _raising_staging_failed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StagingFailed(error) from None
