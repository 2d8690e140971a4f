"""Files on their way in or out, before they are blobs."""

from abc import abstractmethod
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import NewType, Protocol

from domain.model.storage.blob import Digest

StagedPath = NewType("StagedPath", str)
"""A file on local disk that adapters may hand to each other by name. The rules never look inside the string."""


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A complete staged file: where it lies, its size in bytes, and its SHA-256."""

    path: StagedPath
    size: int
    digest: Digest


class StagedWriter(Protocol):
    @abstractmethod
    async def write(self, data: bytes) -> None:
        """Append ``data``; returns when it may be forgotten by the caller.

        Raises:
            StorageFull: the disk has no room for it, or had none for what was written before.
        """
        ...

    @abstractmethod
    async def finish(self) -> StagedFile:
        """The file, complete. Nothing may be written after.

        Raises:
            StorageFull: the disk had no room for all of it.
        """
        ...


class Staging(Protocol):
    """Short-lived files on the same disk as the blobs, so that storing one is a rename.

    Whatever ends a context (success, an error, cancellation, the death of the process) its file is gone afterwards;
    after a death, when another process next opens the staging area. Every verb may raise ``BlobStoreUnavailable``.
    """

    @abstractmethod
    def receive(self) -> AbstractAsyncContextManager[StagedWriter]:
        """A new file to be written from a stream, hashed on the way."""
        ...

    @abstractmethod
    def inlet(self) -> AbstractAsyncContextManager[StagedPath]:
        """A fresh path for one file that the codec may read and never change."""
        ...

    @abstractmethod
    def outlet(self) -> AbstractAsyncContextManager[StagedPath]:
        """A fresh path for one file that the codec writes."""
        ...
