"""Maintenance, as the database records it for all processes."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Maintenance(Protocol):
    """While it lasts, ``UnitsOfWork.writing`` raises ``ReadOnly``."""

    @abstractmethod
    async def since(self) -> datetime | None:
        """When it began; None if there is none."""
        ...

    @abstractmethod
    async def begin(self, at: datetime) -> datetime:
        """Begin it, unless there is one, and return when it began.

        Every other unit of work that writes has ended before this returns, and none begins before the commit.
        """
        ...

    @abstractmethod
    async def end(self) -> None:
        """End it, if there is one."""
        ...
