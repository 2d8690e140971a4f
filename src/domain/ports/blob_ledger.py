"""Which keys may have bytes in a store, and which store the database belongs to."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.model.images.naming import ImageId
from domain.model.storage.blob import BlobFacts, BlobKey, BlobRecord
from domain.model.storage.store_move import Binding


class BlobLedger(Protocol):
    """Every key that may have bytes in the store. Each verb changes state only from the state it expects."""

    @abstractmethod
    async def stage(self, key: BlobKey, at: datetime) -> None:
        """Announce that bytes will be put under a fresh key."""
        ...

    @abstractmethod
    async def promote(self, key: BlobKey, facts: BlobFacts, at: datetime, *, image: ImageId) -> None:
        """From staged to live, as a blob of this picture.

        Raises:
            BlobExpired: it is not staged any more.
        """
        ...

    @abstractmethod
    async def doom(self, key: BlobKey, at: datetime, *, readable_until: datetime | None = None) -> None:
        """From staged or live to doomed.

        Raises:
            BlobExpired: it is neither.
        """
        ...

    @abstractmethod
    async def withdraw(self, image: ImageId) -> None:
        """Let nobody read the doomed blobs of this picture any more, whatever was promised before."""
        ...

    @abstractmethod
    async def expire(self, *, staged_before: datetime, at: datetime) -> int:
        """Doom every key that has been staged since before then; returns how many."""
        ...

    @abstractmethod
    async def due(self, *, before: datetime, limit: int, after: BlobKey | None = None) -> Sequence[BlobRecord]:
        """Doomed keys whose doom and whose last moment of readability both lie before then, in key order.

        ``after`` leads on from the last key of the records before.
        """
        ...

    @abstractmethod
    async def forget(self, key: BlobKey) -> None:
        """Drop a doomed key from the ledger.

        Raises:
            BlobExpired: it is not doomed.
        """
        ...

    @abstractmethod
    async def find(self, key: BlobKey) -> BlobRecord | None: ...

    @abstractmethod
    async def count(self) -> int:
        """How many lines there are."""
        ...

    @abstractmethod
    async def walk(self, *, after: BlobKey | None, limit: int) -> Sequence[BlobRecord]:
        """The next lines after ``after``, in key order, in whatever state."""
        ...

    @abstractmethod
    async def is_empty(self) -> bool:
        """Whether no key was ever staged, or all are forgotten."""
        ...


class StoreBinding(Protocol):
    """Which blob store these rows belong to, by the mark that it carries."""

    @abstractmethod
    async def read(self) -> Binding | None:
        """None before the first start. In a unit of work that writes, nobody else changes it until the end."""
        ...

    @abstractmethod
    async def write(self, binding: Binding) -> None: ...
