"""The files of one task: what the server opens for a worker, and what it keeps of what the worker wrote."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
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
    """The files of one task: its source, and drafts, which a worker writes.

    ``drafts``: the path to which each is copied if it is kept, by the name of the draft. A draft is in memory if that path is,
    and has no name in any folder. Calls block, except if the files ``are_in_memory``.
    """

    def __init__(self, source: StagedPath, drafts: Mapping[str, StagedPath]) -> None:
        self._source = source
        self._targets = drafts
        self._descriptors: list[int] = []
        self.are_in_memory = all(memory_files.is_in_memory(each) for each in (source, *drafts.values()))

    @property
    def are_open(self) -> bool:
        return bool(self._descriptors)

    def given(self) -> Sequence[int]:
        """Descriptors for one worker: the source, for reading, and each draft, empty. Those for an earlier worker are closed."""
        self.close()
        with _raising_staging_failed():
            self._descriptors.append(os.open(self._source, os.O_RDONLY | os.O_CLOEXEC))
            for number, target in enumerate(self._targets.values()):
                self._descriptors.append(_draft(target, number))
        return tuple(self._descriptors)

    def is_fast(self, sizes: Mapping[str, int]) -> bool:
        """Whether to keep drafts of these sizes blocks for no longer than a thread would take to start."""
        in_memory = all(memory_files.is_in_memory(self._targets[name]) for name in sizes)
        return in_memory and sum(sizes.values()) <= memory_files.LARGEST

    def keep(self, sizes: Mapping[str, int]) -> Mapping[str, StagedFile]:
        """Copy the drafts with these names, of which a worker says that they have these sizes, and close all files.

        The worker may still have a draft open, and could change it after its digest was taken.

        Raises:
            WrongSize: one has another size.
        """
        drafts = dict(zip(self._targets, self._descriptors[1:], strict=True))
        kept = {}
        with _raising_staging_failed():
            for name, size in sizes.items():
                target = self._targets[name]
                kept[name] = StagedFile(target, size, _copied(drafts[name], size, target))
        self.close()
        return kept

    def close(self) -> None:
        """A worker may keep a draft open. One in memory is emptied, and cannot grow again; so it cannot fill the memory."""
        for target, draft in zip(self._targets.values(), self._descriptors[1:], strict=False):
            if memory_files.is_in_memory(target):
                os.ftruncate(draft, 0)
        for each in self._descriptors:
            os.close(each)
        self._descriptors.clear()


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
