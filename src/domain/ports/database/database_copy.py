"""Two databases, of the same kind or not, one of which is to hold what the other one holds."""

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
    """Some rows of one table: ``compared`` are those of the source; so many were put into the target or changed there."""

    compared: TableSum
    put: int


@dataclass(frozen=True, slots=True)
class TargetHistory:
    """What is known of the target. ``mark`` is what ``record`` was told last; None if it was told nothing ever."""

    is_empty: bool
    is_of_same_installation: bool
    mark: str | None


class CopySession(Protocol):
    """A copy under way. The source is seen as it was when the session first looked at it, whatever is committed later."""

    @abstractmethod
    async def history(self) -> TargetHistory:
        """What the target was before."""
        ...

    @abstractmethod
    async def record(self, mark: str) -> None:
        """Keep ``mark`` in the target, for the copies after this one."""
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
        """Make the target go on giving ids where the source would, so that none is given twice."""
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
        """Whether the target has no tables at all. Looking makes none."""
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
        """Begin to copy. What was done when it ends, however it ends, stays done."""
        ...

    @abstractmethod
    async def close(self) -> None:
        """Leave the target. Nothing can be done with it afterwards."""
        ...
