"""The audit, as the database keeps it, and what notes deeds."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.model.access.user import UserId
from domain.model.audit.record import AuditFilter, AuditRecord, Deed
from domain.model.images.naming import ImageId


class AuditTable(Protocol):
    @abstractmethod
    async def add(self, records: Sequence[AuditRecord]) -> None:
        """Keep the records, which are visible with the commit of the unit of work."""
        ...

    @abstractmethod
    async def list(self, which: AuditFilter, *, limit: int) -> Sequence[AuditRecord]:
        """The newest records, in the order in which they were added."""
        ...

    @abstractmethod
    async def redact_image(self, image: ImageId) -> None:
        """Empty the details of records about this image, such as its names. The records stay."""
        ...

    @abstractmethod
    async def redact_user(self, user: UserId) -> None:
        """Empty the details of records about this user, and the addresses in those of what this user did."""
        ...

    @abstractmethod
    async def expire(self, *, before: datetime) -> int:
        """Remove the records from before this time. Returns how many."""
        ...


class AuditTrail(Protocol):
    """Notes deeds that store nothing themselves. Those that do are noted with what they store, by the units of work."""

    @abstractmethod
    async def note(self, deed: Deed) -> None:
        """Note that this was done just now, by whoever acts.

        Raises:
            ReadOnly, DatabaseUnavailable: it cannot be noted.
        """
        ...
