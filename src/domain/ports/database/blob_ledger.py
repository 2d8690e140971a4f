"""The ledger of blob keys, and the store that the database belongs to."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.model.access.quota import NOTHING, Amount
from domain.model.access.user import UserId
from domain.model.images.naming import ImageId
from domain.model.storage.blob import Alternative, BlobFacts, BlobKey, BlobRecord
from domain.model.storage.store_move import Binding


class BlobLedger(Protocol):
    """Every key that may have bytes in the store. A method changes the state of a key only from the states that it names."""

    @abstractmethod
    async def stage(self, key: BlobKey, at: datetime, held: Amount = NOTHING, *, user: UserId | None = None) -> None:
        """Record a fresh key as staged, before bytes are put under it.

        ``held`` was reserved for ``user``: it is given back when the key is doomed without having been live.
        """
        ...

    @abstractmethod
    async def promote(
        self, key: BlobKey, facts: BlobFacts, at: datetime, *, image: ImageId, alternative: Alternative | None = None
    ) -> None:
        """Change a staged key to live, as a blob of this image. ``alternative``, a blob of its own, is recorded with it.

        Raises:
            BlobExpired: it is no longer staged.
        """
        ...

    @abstractmethod
    async def doom(self, key: BlobKey, at: datetime, *, readable_until: datetime | None = None) -> None:
        """Change a staged or live key to doomed. Links may still read its blob until ``readable_until``.

        Raises:
            BlobExpired: it is neither.
        """
        ...

    @abstractmethod
    async def abandon(self, key: BlobKey, at: datetime) -> None:
        """Change a key to doomed, if it is still staged."""
        ...

    @abstractmethod
    async def withdraw(self, image: ImageId) -> Sequence[BlobKey]:
        """End the readability of the doomed blobs of this image, whatever ``readable_until`` said. Returns their keys."""
        ...

    @abstractmethod
    async def expire(self, *, staged_before: datetime, at: datetime) -> int:
        """Doom every key that was staged before ``staged_before``. Returns how many."""
        ...

    @abstractmethod
    async def due(self, *, before: datetime, limit: int, after: BlobKey | None = None) -> Sequence[BlobRecord]:
        """Up to ``limit`` keys, sorted, that were doomed before ``before`` and whose ``readable_until`` is also before it.

        ``after`` is the last key of the previous call: only greater keys are returned.
        """
        ...

    @abstractmethod
    async def forget(self, key: BlobKey) -> None:
        """Remove a doomed key from the ledger.

        Raises:
            BlobExpired: it is not doomed.
        """
        ...

    @abstractmethod
    async def find(self, key: BlobKey) -> BlobRecord | None: ...

    @abstractmethod
    async def image_of(self, key: BlobKey) -> ImageId | None:
        """The image as whose blob the key was promoted; it may be gone. None if the key was not live."""
        ...

    @abstractmethod
    async def count(self) -> int:
        """The number of rows."""
        ...

    @abstractmethod
    async def walk(self, *, after: BlobKey | None, limit: int) -> Sequence[BlobRecord]:
        """The next rows after the key ``after``, sorted by key, in any state."""
        ...

    @abstractmethod
    async def is_empty(self) -> bool:
        """Whether there are no rows: no key was ever staged, or all are forgotten."""
        ...


class StoreBinding(Protocol):
    """The blob store that this database belongs to, identified by the mark in the store."""

    @abstractmethod
    async def read(self) -> Binding | None:
        """The binding; None before the first start. It cannot change before the end of a unit of work that writes."""
        ...

    @abstractmethod
    async def write(self, binding: Binding) -> None:
        """Set the binding. Objections to an earlier one are gone."""
        ...

    @abstractmethod
    async def object(self, process: str) -> None:
        """Object to the announced move in the name of a process whose settings lack the store. Done twice, it is done once."""
        ...

    @abstractmethod
    async def objections(self) -> Sequence[str]:
        """The names of the processes that object, sorted."""
        ...
