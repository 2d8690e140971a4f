"""The clock and random values, so that the domain needs neither itself."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from domain.model.access.access_key import Serial
from domain.model.images.details import Slug
from domain.model.images.ticket import TicketId
from domain.model.storage.blob import BlobKey


class Clock(Protocol):
    @abstractmethod
    def now(self) -> datetime:
        """The current time: aware, in UTC, in whole microseconds."""
        ...


class RandomValues(Protocol):
    """Values that cannot be guessed and never repeat."""

    @abstractmethod
    def blob_key(self) -> BlobKey:
        """A fresh key: 128 random bits, safe as a file name and in a URL."""
        ...

    @abstractmethod
    def serial(self) -> Serial:
        """16 random bytes."""
        ...

    @abstractmethod
    def store_identity(self) -> str:
        """A fresh mark for a blob store."""
        ...

    @abstractmethod
    def slug(self) -> Slug:
        """22 random letters and digits, for the URL of a public image."""
        ...

    @abstractmethod
    def ticket_id(self) -> TicketId:
        """22 random letters and digits."""
        ...

    @abstractmethod
    def suffix(self) -> str:
        """Seven random letters and digits, to make a name unique."""
        ...
