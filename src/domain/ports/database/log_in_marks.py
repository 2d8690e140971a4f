"""Marks of log-ins: how many failed lately, and which addresses are known."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from domain.model.access.log_in_policy import Mark


class LogInMarks(Protocol):
    """Marks, each with the moment until which it matters. Every process of an installation sees the same."""

    @abstractmethod
    async def read(self, marks: Iterable[Mark]) -> Mapping[Mark, datetime]:
        """The moments of those of these marks that there are."""
        ...

    @abstractmethod
    async def lock(self, marks: Iterable[Mark], at: datetime) -> Mapping[Mark, datetime]:
        """The moments of all these marks; one that there is not is made, with the moment ``at``.

        Other units of work that lock one of them wait until this one ends, and then see what it wrote.
        """
        ...

    @abstractmethod
    async def write(self, marks: Mapping[Mark, datetime]) -> None:
        """Give marks that are locked other moments."""
        ...

    @abstractmethod
    async def forget(self, mark: Mark) -> None:
        """Remove a mark, if there is one."""
        ...

    @abstractmethod
    async def sweep(self, at: datetime, *, most: int) -> None:
        """Remove marks whose moment is not after ``at``, and of each kind all but the ``most`` that last longest.

        Of those that last equally long, more may be removed.
        """
        ...
