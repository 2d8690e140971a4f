"""Where bytes are kept."""

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
    key: BlobKey
    size: int


class BlobStore(Protocol):
    """Bytes under write-once keys.

    Laws. A reader sees all bytes of a put or none. A put that raises or is cancelled leaves nothing to read (where a
    distant store cannot be told so, the ledger's sweep does it). After a put returns, the bytes are those of the source
    and outlive a power cut. No verb holds a whole blob in memory, or waits without a deadline. Every verb may raise
    ``BlobStoreUnavailable``; ``put`` may raise ``StorageFull``.
    """

    @abstractmethod
    async def put(self, key: BlobKey, source: StagedPath) -> None:
        """Make the bytes of ``source`` readable under ``key``, which was never used before.

        ``source`` may be gone afterwards: the store may take the file itself.
        """
        ...

    @abstractmethod
    def open(self, key: BlobKey, span: ByteRange | None = None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes, or those of ``span``, in steps. A blob deleted while it is read may still be read to its end.

        Raises:
            BlobNotFound: there is none, on entering the context.
        """
        ...

    @abstractmethod
    async def fetch(self, key: BlobKey, target: StagedPath) -> None:
        """Make the bytes readable at ``target``, a fresh staged path. The file must not be written to.

        Raises:
            BlobNotFound: there is none.
        """
        ...

    @abstractmethod
    async def stat(self, key: BlobKey) -> BlobStat:
        """The blob's size.

        Raises:
            BlobNotFound: there is none.
        """
        ...

    @abstractmethod
    async def delete(self, key: BlobKey) -> None:
        """Afterwards there is no such blob; there need not have been one."""
        ...

    @abstractmethod
    def list(self) -> AsyncIterator[BlobStat]:
        """Every blob, in no particular order; those put or deleted meanwhile may or may not be among them."""
        ...

    @abstractmethod
    async def probe(self) -> None:
        """Return if the store can be reached, is the marked one, and lets us in; cheap, and leaves nothing behind."""
        ...


class BlobFiles(Protocol):
    """An optional capability: a blob is a local file that a server can send by itself."""

    @abstractmethod
    def path(self, key: BlobKey) -> str | None:
        """The absolute path of the blob's file, whether it exists or not; None where blobs are no files just now.

        Makes no system call: what is known is what the last ``probe`` of the store found.

        Raises:
            BlobStoreUnavailable: the store is known to be away.
        """
        ...


class StoreIdentity(Protocol):
    """A mark in the store that tells whether it is the one that the database belongs to."""

    @abstractmethod
    async def read(self) -> str | None:
        """The mark, None in a store that has none."""
        ...

    @abstractmethod
    async def write(self, identity: str) -> None:
        """Set the mark, durably."""
        ...

    @abstractmethod
    async def erase(self) -> None:
        """Remove the mark, if there is one."""
        ...


class MarkedStore(BlobStore, StoreIdentity, Protocol):
    """A store and its mark."""


class StoreSwitch(Protocol):
    """Several stores that look like one: some are read from, one is written to."""

    @property
    @abstractmethod
    def binding(self) -> Binding | None:
        """What was assumed last."""
        ...

    @property
    @abstractmethod
    def is_known(self) -> bool:
        """Whether the store in use is among these."""
        ...

    @abstractmethod
    def assume(self, binding: Binding, roles: StoreRoles | None) -> None:
        """Read from and write to these stores from now on; what is under way ends where it began.

        With None, the store in use is not among them: every verb raises ``BlobStoreUnavailable`` until it is.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTarget:
    """What a link is to lead to: a picture's original, or a variant of it. ``name`` is the picture's."""

    key: BlobKey
    name: ImageName
    variant: str | None
    format: ImageFormat

    @property
    def file_name(self) -> ImageName:
        """What the bytes are called when they are saved."""
        return self.name if self.variant is None else variant_name(self.name, self.variant, self.format)


class BlobLinks(Protocol):
    """URLs that open one blob without a token.

    Laws. The same blob under the same name has the same URL throughout a window of time. No URL expires sooner than
    promised. Signing makes no network call. A URL in which one character was changed opens nothing.
    """

    @abstractmethod
    def sign(self, target: LinkTarget, at: datetime) -> str:
        """A URL for ``target``. One that starts with a slash lacks this service's own public address."""
        ...

    @abstractmethod
    def longest_lifetime(self) -> float:
        """Seconds after which every link that was signed by now has expired."""
        ...


class LinkVerifier(Protocol):
    """The counterpart of ``BlobLinks`` where links lead to this service itself."""

    @abstractmethod
    def verify(
        self, *, name: str, variant: str | None, query: dict[str, str], at: datetime
    ) -> tuple[BlobKey, datetime]:
        """Which blob a link opens, and when it expires.

        Raises:
            LinkInvalid: it was not signed here, or was altered.
            LinkExpired: its time is over.
        """
        ...
