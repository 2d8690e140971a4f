"""Copying one database to another, of the same kind or not."""

from abc import abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TableSum:
    """How many rows a table has, and the sum of their digests modulo 2**256, in whatever order the rows are.

    Equal rows have equal digests in databases of any kind.
    """

    rows: int = 0
    digest: int = 0

    def __add__(self, other: "TableSum") -> "TableSum":
        return TableSum(self.rows + other.rows, (self.digest + other.digest) % 2**256)


NO_ROWS = TableSum()


@dataclass(frozen=True, slots=True)
class CopiedBatch:
    """Some rows of one table. ``compared``: those of the source. ``put``: how many were added or changed in the
    target.
    """

    compared: TableSum
    put: int


@dataclass(frozen=True, slots=True)
class TargetHistory:
    """The state of the target. ``mark`` is the last mark that was recorded; None if there is none."""

    is_empty: bool
    is_of_same_installation: bool
    mark: str | None


class CopySession(Protocol):
    """A copy in progress. It reads the source as it was at the session's first read, whatever is committed later."""

    @abstractmethod
    async def history(self) -> TargetHistory:
        """The state of the target before the copy."""
        ...

    @abstractmethod
    async def record(self, mark: str) -> None:
        """Record ``mark`` in the target, for later copies."""
        ...

    @abstractmethod
    def remove(self, table: str, *, dry_run: bool) -> AsyncGenerator[int, None]:
        """Remove the rows of the target's ``table`` that the source lacks or has otherwise; yields how many, by batches.

        Rows that others depend on may be left to be changed by ``put``. With ``dry_run`` nothing is changed.
        """
        ...

    @abstractmethod
    def put(self, table: str, *, dry_run: bool) -> AsyncGenerator[CopiedBatch, None]:
        """Put the rows of the source's ``table`` that the target lacks or has otherwise, by batches.

        With ``dry_run`` nothing is changed.
        """
        ...

    @abstractmethod
    async def continue_ids(self) -> None:
        """Make the target continue with the ids after the source's last ones, so that no id is given twice."""
        ...

    @abstractmethod
    async def sums(self) -> Mapping[str, TableSum]:
        """What each table of the target holds now."""
        ...


class DatabaseCopy(Protocol):
    """A source and a target. Every verb may raise ``DatabaseUnavailable``, and those on the target ``SchemaOutdated``."""

    @property
    @abstractmethod
    def tables(self) -> Sequence[str]:
        """Every table. One whose rows depend on those of another comes after it."""
        ...

    @abstractmethod
    async def count(self) -> Mapping[str, int]:
        """How many rows each table of the source has."""
        ...

    @abstractmethod
    async def is_target_absent(self) -> bool:
        """Whether the target has no tables at all. The check creates none."""
        ...

    @abstractmethod
    async def prepare_target(self) -> None:
        """Make the target's tables, or bring them to this version."""
        ...

    @abstractmethod
    async def check_target(self) -> None:
        """Return if the target's tables are those of this version."""
        ...

    @abstractmethod
    def session(self) -> AbstractAsyncContextManager[CopySession]:
        """Begin a copy. What was changed in the target stays changed, even if the copy ends with an error."""
        ...

    @abstractmethod
    async def close(self) -> None:
        """Close the target. It cannot be used afterwards."""
        ...
