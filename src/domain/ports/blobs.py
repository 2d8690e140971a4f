"""Blob stores, moves between them, and links to blobs."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.model.images.naming import ImageName, variant_name
from domain.model.pixels.media import ImageFormat
from domain.model.storage.blob import BlobKey, ByteRange
from domain.model.storage.store_move import Binding, StoreRoles
from domain.ports.staging import StagedPath


@dataclass(frozen=True, slots=True)
class BlobStat:
    """A blob and its size in bytes."""

    key: BlobKey
    size: int


class BlobStore(Protocol):
    """Bytes under keys that are written once.

    Laws:

    - a reader sees all bytes of a put or none;
    - a put that raises or is cancelled leaves nothing to read. Where a remote store cannot be told to remove it, the
      sweep of the ledger does;
    - after a put returns, the stored bytes are those of the source, and survive a power failure;
    - no method holds a whole blob in memory, and none waits without a deadline;
    - every method may raise ``BlobStoreUnavailable``; ``put`` may raise ``StorageFull``.
    """

    @abstractmethod
    async def put(self, key: BlobKey, source: StagedPath) -> None:
        """Store the bytes of ``source`` under ``key``, which was never used before.

        ``source`` may be gone afterwards: the store may move the file.
        """
        ...

    @abstractmethod
    def open(self, key: BlobKey, span: ByteRange | None = None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of the blob, or those of ``span``, in pieces. A blob that is deleted during this may be read to its end.

        Raises:
            BlobNotFound: there is none.
            BlobDamaged: it ends before ``span`` does. Both are raised when the context is entered.
        """
        ...

    @abstractmethod
    async def fetch(self, key: BlobKey, target: StagedPath) -> None:
        """Make the bytes readable at ``target``, a fresh staged path. This file must not be written to.

        Raises:
            BlobNotFound: there is none.
        """
        ...

    @abstractmethod
    async def stat(self, key: BlobKey) -> BlobStat:
        """The size of the blob.

        Raises:
            BlobNotFound: there is none.
        """
        ...

    @abstractmethod
    async def delete(self, key: BlobKey) -> None:
        """Remove the blob, if there is one. Afterwards there is none, also after a power failure."""
        ...

    @abstractmethod
    def list(self) -> AsyncIterator[BlobStat]:
        """Every blob, in any order. Blobs that are put or deleted in the meantime may or may not be included."""
        ...

    @abstractmethod
    async def probe(self) -> None:
        """Return if the store answers, has its mark, and accepts the credentials. Cheap, and leaves nothing in the store."""
        ...


class BlobFiles(Protocol):
    """An optional capability: blobs are local files, which a web server can send by itself."""

    @abstractmethod
    def path(self, key: BlobKey) -> str | None:
        """The absolute path of the file of the blob, whether it exists or not; None if blobs are not files at the moment.

        Makes no system call: it relies on what the last ``probe`` of the store found.

        Raises:
            BlobStoreUnavailable: the last ``probe`` found that the store does not answer.
        """
        ...


class StoreIdentity(Protocol):
    """The mark in a store, which tells whether the database belongs to this store."""

    @abstractmethod
    async def read(self) -> str | None:
        """The mark; None in a store without one."""
        ...

    @abstractmethod
    async def write(self, identity: str) -> None:
        """Set the mark. It survives a power failure."""
        ...

    @abstractmethod
    async def erase(self) -> None:
        """Remove the mark, if there is one."""
        ...


class MarkedStore(BlobStore, StoreIdentity, Protocol):
    """A blob store with its mark."""


class StoreSwitch(Protocol):
    """Several stores that act as one: blobs are read from some of them and written to one."""

    @property
    @abstractmethod
    def binding(self) -> Binding | None:
        """The binding of the last ``assume``."""
        ...

    @property
    @abstractmethod
    def roles(self) -> StoreRoles | None:
        """The roles of the last ``assume``; before the first, those of the first store alone."""
        ...

    @abstractmethod
    def assume(self, binding: Binding, roles: StoreRoles | None) -> None:
        """Read from and write to these stores from now on. Calls that are in progress end with the stores they began with.

        ``roles`` None: the store in use is not one of these stores. Every method then raises ``BlobStoreUnavailable``
        until it is.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTarget:
    """What a link opens: the original of an image, or a variant. ``name`` is the name of the image."""

    key: BlobKey
    name: ImageName
    variant: str | None
    format: ImageFormat

    @property
    def file_name(self) -> ImageName:
        """The file name under which the bytes are saved."""
        return self.name if self.variant is None else variant_name(self.name, self.variant, self.format)


class BlobLinks(Protocol):
    """URLs that open one blob without a token.

    Laws:

    - the same blob with the same name has the same URL throughout a window of time;
    - no URL expires sooner than promised;
    - signing makes no network call;
    - a URL in which one character was changed opens nothing.
    """

    @abstractmethod
    def sign(self, target: LinkTarget, at: datetime) -> str:
        """A URL for ``target``. If it starts with a slash, the public address of this service must be put before it."""
        ...

    @abstractmethod
    def longest_lifetime(self) -> float:
        """The number of seconds after which every link that was signed until now has expired."""
        ...


class LinkVerifier(Protocol):
    """The counterpart of ``BlobLinks`` for links that lead to this service."""

    @abstractmethod
    def verify(
        self, *, name: str, variant: str | None, query: dict[str, str], at: datetime
    ) -> tuple[BlobKey, datetime]:
        """The blob that a link opens, and when the link expires.

        Raises:
            LinkInvalid: this service did not sign it, or it was altered.
            LinkExpired: it has expired.
        """
        ...
