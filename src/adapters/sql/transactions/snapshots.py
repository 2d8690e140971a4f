"""Reading on SQLite: transactions on consistent snapshots."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Executable

from adapters.shared.gate import Gate
from adapters.shared.threads import Threads
from adapters.sql.schema.faults import faults
from adapters.sql.transactions.connection import Answer, Connection, Parameters
from adapters.sql.transactions.database_files import DatabaseFiles
from adapters.sql.transactions.engine import POOL_DEADLINE
from adapters.sql.transactions.sqlite import run
from adapters.sql.transactions.sqlite_connection import open_connection
from domain.errors import DatabaseUnavailable


class Snapshots:
    """Reading transactions on up to ``connections`` connections, which are opened when they are needed and kept."""

    def __init__(self, file: Path, connections: int, files: DatabaseFiles) -> None:
        self._file = file
        self._files = files
        self._threads = Threads(connections, "sqlite-reader")
        self._idle: list[sqlite3.Connection] = []
        self._gate = Gate(
            connections,
            longest_wait=POOL_DEADLINE,
            refusal=lambda: DatabaseUnavailable("no connection became free in time"),
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        async with self._gate:
            snapshot = _Snapshot(self._opened, self._idle.pop() if self._idle else None, self._threads)
            try:
                yield snapshot
            finally:
                if (connection := snapshot.ended()) is not None:
                    self._idle.append(connection)

    def _opened(self) -> sqlite3.Connection:
        self._files.check()  # or a file that was removed would be made again, empty
        return open_connection(self._file)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _Snapshot(Connection):
    """Begins with its first statement."""

    def __init__(
        self, opened: Callable[[], sqlite3.Connection], connection: sqlite3.Connection | None, threads: Threads
    ) -> None:
        self._opened = opened
        self._connection = connection
        self._threads = threads

    async def execute(
        self, statement: Executable, parameters: Parameters | Sequence[Parameters] | None = None
    ) -> Answer:
        with faults():
            return await self._threads.run(partial(self._run, statement, parameters))

    async def execute_by_key(self, statement: Executable, parameters: Parameters | None = None) -> Answer:
        return await self.execute(statement, parameters)

    async def commit(self) -> None:
        """Does nothing: what a reader changes is undone."""

    def ended(self) -> sqlite3.Connection | None:
        """The connection, if it can be used again."""
        connection = self._connection
        if connection is not None and connection.in_transaction:
            try:
                connection.execute("ROLLBACK")
            except sqlite3.Error:
                connection.close()
                return None
        return connection

    def _run(self, statement: Executable, parameters: Parameters | Sequence[Parameters] | None) -> Answer:
        if self._connection is None:
            self._connection = self._opened()
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN")
        return run(self._connection, statement, parameters)
