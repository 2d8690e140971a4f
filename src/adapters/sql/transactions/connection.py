"""The transactions that repositories use, on either database."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Executable

# Drivers type the values of a row as Any; see ``adapters.sql.schema.rows``.
Rows: TypeAlias = Sequence[Sequence[Any]]
Parameters: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement returned: its rows, and the number of rows that it changed."""

    rows: Rows
    count: int = 0

    @property
    def value(self) -> Any:
        """The first column of the first row; None if there is no row. Its type depends on the statement."""
        return self.rows[0][0] if self.rows else None


class Connection(Protocol):
    """A transaction. Each statement runs to its end, also when the caller is cancelled meanwhile.

    Statements that are run often are made once, with named parameters: compiling one takes ten times as long as running
    it.
    """

    @abstractmethod
    async def execute(
        self, statement: Executable, parameters: Parameters | Sequence[Parameters] | None = None
    ) -> Answer:
        """Run any statement; for each of the ``parameters``, if there are several."""
        ...

    @abstractmethod
    async def execute_by_key(self, statement: Executable, parameters: Parameters | None = None) -> Answer:
        """Run a statement that finds its few rows by a unique key. On SQLite it does without a thread."""
        ...

    @abstractmethod
    async def commit(self) -> None:
        """Return when the changes are durable. Nothing may be executed afterwards."""
        ...


class Transactions(Protocol):
    @abstractmethod
    def writing(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction that may change data. Without a commit its changes are undone at the end."""
        ...

    @abstractmethod
    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction on a consistent snapshot, which waits for no writer. Its changes are undone at the end."""
        ...
