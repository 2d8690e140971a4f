"""Group commit on SQLite: writers that wait at the same time share one transaction, and one wait for the disk.

Writers still run one after the other, each within a savepoint of its own, so that one that fails undoes its own changes
only. No writer waits for a group to fill: a group consists of the writers that wait when its transaction begins.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

from sqlalchemy import Executable

from adapters.shared.run_to_completion import run_to_completion
from adapters.shared.threads import Threads
from adapters.sql.schema.faults import commit_faults, faults
from adapters.sql.transactions.connection import Answer, Connection, Parameters
from adapters.sql.transactions.database_files import DatabaseFiles
from adapters.sql.transactions.sqlite import run
from adapters.sql.transactions.sqlite_connection import BUSY_TIMEOUT, open_connection
from adapters.sql.transactions.turns import TURN_DEADLINE, SharedTurns
from domain.errors import DatabaseUnavailable

LARGEST_GROUP = 64  # writers


class GroupCommit:
    """Writing transactions on one connection to the SQLite database ``file``, which is opened when it is needed."""

    def __init__(self, file: Path, files: DatabaseFiles) -> None:
        self._file = file
        self._files = files
        self._turns = SharedTurns(file)
        self._thread = Threads(1, "sqlite-writer")
        self._connection: sqlite3.Connection | None = None
        self._waiting: deque[_Writer] = deque()
        self._leader: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """A writer's part of a group's transaction. The context ends when the group has ended, even if this writer
        failed.

        So a writer that failed because of a change by another one, such as a name, reports it only once that is
        durable.
        """
        writer = _Writer(self._thread)
        self._waiting.append(writer)
        if self._leader is None:
            self._leader = asyncio.create_task(self._lead())
        try:
            with faults():
                await writer.begin()
            yield writer
        finally:
            await writer.leave()

    def close(self) -> None:
        """Close the connection. The next writer opens another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._files.closed()

    async def _lead(self) -> None:
        """Run groups until no writer waits. If one cannot begin, the writer that has waited longest gets the error."""
        try:
            while self._waiting:
                try:
                    async with self._turns.taken():
                        connection = self._begun_at_once()
                        if connection is None:
                            connection = await self._thread.run(self._begin)
                        await self._carry_through(_Group(connection))
                except Exception as error:  # noqa: BLE001  # it is raised where the writer waits
                    for writer in self._next(1):
                        writer.refuse(error)
        finally:
            self._leader = None

    async def _carry_through(self, group: "_Group") -> None:
        """Let the waiting writers write, and commit. An error is raised to all of them."""
        try:
            await group.admit(self._next(LARGEST_GROUP))
            await self._thread.run(partial(self._end, group.connection, "COMMIT" if group.is_changed else "ROLLBACK"))
        except Exception as error:  # noqa: BLE001  # it is raised where the writers wait
            await self._thread.run(self.close)  # which undoes the transaction, if SQLite has not done so
            group.end.set_exception(error)
            group.end.exception()  # marked as seen: perhaps no writer is left
        except BaseException:
            self.close()
            group.end.cancel()
            raise
        else:
            group.end.set_result(None)

    def _end(self, connection: sqlite3.Connection, how: str) -> None:
        self._files.check()
        with commit_faults():
            connection.execute(how)
        self._files.check()  # again: what was committed to a file that is gone must not be acknowledged

    def _next(self, most: int) -> "Sequence[_Writer]":
        """The writers that have waited longest, at most ``most``."""
        writers: list[_Writer] = []
        while self._waiting and len(writers) < most:
            writer = self._waiting.popleft()
            if writer.is_waiting:
                writers.append(writer)
        return writers

    def _begun_at_once(self) -> sqlite3.Connection | None:
        """The connection, with a transaction begun; None if a thread must wait for another process or open it."""
        if self._connection is None:
            return None
        try:
            self._connection.execute("BEGIN IMMEDIATE")  # on this connection no lock is waited for
        except sqlite3.OperationalError:
            return None
        return self._connection

    def _begin(self) -> sqlite3.Connection:
        if self._connection is None:
            self._files.check()  # before a new file takes the place of one that was removed
            self._connection = open_connection(self._file)
        self._connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        finally:
            self._connection.execute("PRAGMA busy_timeout = 0")
        self._files.opened()
        return self._connection


class _Group:
    """Writers that share a transaction. ``end`` is done when that is committed, or has failed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        loop = asyncio.get_running_loop()
        self.connection = connection
        self.turns = asyncio.Lock()
        self.is_changed = False
        self.failure: sqlite3.Error | None = None  # the error that made SQLite undo the whole transaction
        self.end: asyncio.Future[None] = loop.create_future()
        self._present = 0
        self._all_left: asyncio.Future[None] = loop.create_future()

    async def admit(self, writers: "Sequence[_Writer]") -> None:
        """Let the writers write, and return when all have written or failed.

        Raises:
            sqlite3.Error: the whole transaction is undone.
        """
        self._present = len(writers)
        for writer in writers:
            writer.admit_to(self)
        if writers:
            await self._all_left
        if self.failure is not None:
            raise self.failure

    def left(self) -> None:
        """One of the writers has written or failed."""
        self._present -= 1
        if self._present == 0:
            self._all_left.set_result(None)


class _Writer(Connection):
    """The part of one writer in the transaction of a group."""

    def __init__(self, thread: Threads) -> None:
        self._thread = thread
        self._admission: asyncio.Future[_Group] = asyncio.get_running_loop().create_future()
        self._has_turn = False
        self._has_left = False

    @property
    def is_waiting(self) -> bool:
        return not self._admission.done()

    def admit_to(self, group: _Group) -> None:
        self._admission.set_result(group)

    def refuse(self, error: Exception) -> None:
        self._admission.set_exception(error)

    async def begin(self) -> None:
        """Return when it is this writer's turn."""
        try:
            async with asyncio.timeout(TURN_DEADLINE):
                group = await self._admission
                await group.turns.acquire()
        except TimeoutError:
            raise DatabaseUnavailable("too many writers are waiting") from None
        self._has_turn = True
        self._carry_out(group, "SAVEPOINT writer")

    async def execute(
        self, statement: Executable, parameters: Parameters | Sequence[Parameters] | None = None
    ) -> Answer:
        with faults():
            return await self._thread.run(partial(self._run, statement, parameters))

    async def execute_by_key(self, statement: Executable, parameters: Parameters | None = None) -> Answer:
        with faults():
            return self._run(statement, parameters)

    async def commit(self) -> None:
        group = self._admission.result()
        with faults():
            self._carry_out(group, "RELEASE writer")
            group.is_changed = True
            self._hand_over(group)
            await run_to_completion(group.end)

    async def leave(self) -> None:
        """Undo what was not committed, and return when the group has ended."""
        if self._admission.cancel() or self._admission.cancelled() or self._admission.exception() is not None:
            return
        group = self._admission.result()
        if not self._has_left:
            if self._has_turn and group.failure is None:
                try:
                    self._carry_out(group, "ROLLBACK TO writer; RELEASE writer")
                except sqlite3.Error as error:
                    group.failure = error
            self._hand_over(group)
        with suppress(Exception):  # it concerns the writers that committed, and was raised to them
            await run_to_completion(group.end)

    def _hand_over(self, group: _Group) -> None:
        self._has_left = True
        if self._has_turn:
            group.turns.release()
        group.left()

    def _carry_out(self, group: _Group, statements: str) -> None:
        with self._noting_failures(group):
            for statement in statements.split("; "):
                group.connection.execute(statement)

    def _run(self, statement: Executable, parameters: Parameters | Sequence[Parameters] | None) -> Answer:
        group = self._admission.result()
        with self._noting_failures(group):
            return run(group.connection, statement, parameters)

    @contextmanager
    def _noting_failures(self, group: _Group) -> Iterator[None]:
        # A statement after the transaction was undone would be a transaction of its own.
        if group.failure is not None:
            raise group.failure
        try:
            yield
        except sqlite3.Error as error:
            if not group.connection.in_transaction:
                group.failure = error
            raise
