"""Staged files: files in memory or on local disk on their way into or out of the blob store."""

from abc import abstractmethod
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import NewType, Protocol

from domain.model.storage.blob import Digest

StagedPath = NewType("StagedPath", str)
"""The name of such a file, by which adapters pass it to each other. The domain never interprets it."""


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A complete staged file: its path, its size in bytes, and its SHA-256."""

    path: StagedPath
    size: int
    digest: Digest


class StagedWriter(Protocol):
    @abstractmethod
    async def write(self, data: bytes) -> None:
        """Append ``data``. Returns when the caller may drop it.

        Raises:
            StorageFull: the disk has no space for it, or had none for what was written before.
        """
        ...

    @abstractmethod
    async def finish(self) -> StagedFile:
        """The complete file. Nothing may be written afterwards.

        Raises:
            StorageFull: the disk had no space for all of it.
        """
        ...


class Staging(Protocol):
    """Short-lived files: small ones in memory, others on the same disk as the blobs, so that storing one is a rename.

    When a context ends, whether by success, an error or cancellation, its file is removed. If the process dies, the file
    is removed when another process next opens the staging area. Every method may raise ``BlobStoreUnavailable``.
    """

    @abstractmethod
    def receive(self) -> AbstractAsyncContextManager[StagedWriter]:
        """A new file that is written from a stream, and hashed in the process."""
        ...

    @abstractmethod
    def inlet(self) -> AbstractAsyncContextManager[StagedPath]:
        """A fresh path for one file that the codec reads and never changes."""
        ...

    @abstractmethod
    def outlet(self, size: int) -> AbstractAsyncContextManager[StagedPath]:
        """A path for one file that the codec writes: nothing is there, or an empty file.

        ``size``: how many bytes it will have, as far as is known; it may have more.
        """
        ...
