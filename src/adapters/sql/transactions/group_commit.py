"""Group commit on SQLite: writers that wait at the same time share one transaction, and one wait for the disk.

Writers still run one after the other, each within a savepoint of its own, so that one that fails undoes its own changes
only. Nobody waits for a group to fill: it consists of those who wait while its transaction begins, and of those who come
while the others write.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Executable

from adapters.shared.run_to_completion import run_to_completion
from adapters.sql.schema.faults import faults
from adapters.sql.transactions.connection import Answer, Connection, Parameters
from adapters.sql.transactions.sqlite import open_connection, run
from adapters.sql.transactions.turns import TURN_DEADLINE, SharedTurns
from domain.errors import DatabaseUnavailable

Result = TypeVar("Result")

LARGEST_GROUP = 64  # writers
LONGEST_GROUP = 0.05  # seconds for which a group admits writers


class GroupCommit:
    """Writing transactions on one connection to the SQLite database ``file``, which is opened when it is needed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._turns = SharedTurns(file)
        self._thread = ThreadPoolExecutor(1, "sqlite-writer")
        self._connection: sqlite3.Connection | None = None
        self._waiting: deque[_Writer] = deque()
        self._leader: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """A writer's part of a group's transaction. The context ends when the group has, also for a writer that failed.

        So a writer that failed because of what another one has written, such as a name, reports that only when it is
        durable.
        """
        writer = _Writer(self._in_thread)
        self._waiting.append(writer)
        if self._leader is None:
            self._leader = asyncio.create_task(self._lead())
        try:
            with faults():
                await writer.admission()
            yield writer
        finally:
            await writer.leave()

    def close(self) -> None:
        """Close the connection. The next writer opens another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _lead(self) -> None:
        """Carry groups through until nobody waits. A group that cannot begin fails the one who has waited longest."""
        try:
            while self._waiting:
                try:
                    async with self._turns.taken():
                        await self._carry_through(_Group(await self._in_thread(self._begin)))
                except Exception as error:  # noqa: BLE001  # it is raised where the writer waits
                    if (writer := self._next()) is not None:
                        writer.refuse(error)
        finally:
            self._leader = None

    async def _carry_through(self, group: "_Group") -> None:
        """Let those who wait write, and commit what they wrote. Whatever fails is raised to all of them."""
        try:
            await self._admit_to(group)
            await self._in_thread(partial(group.connection.execute, "COMMIT" if group.is_changed else "ROLLBACK"))
        except Exception as error:  # noqa: BLE001  # it is raised where the writers wait
            await self._in_thread(self.close)  # which undoes the transaction, if SQLite has not done so
            group.end.set_exception(error)
            group.end.exception()  # marked as seen: perhaps no writer is left
        except BaseException:
            self.close()
            group.end.cancel()
            raise
        else:
            group.end.set_result(None)

    async def _admit_to(self, group: "_Group") -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + LONGEST_GROUP
        for _ in range(LARGEST_GROUP):
            writer = self._next()
            if writer is None:
                return
            await group.admit(writer)
            if loop.time() > until:
                return

    def _next(self) -> "_Writer | None":
        while self._waiting:
            writer = self._waiting.popleft()
            if writer.is_waiting:
                return writer
        return None

    def _begin(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_connection(self._file)
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await run_to_completion(asyncio.get_running_loop().run_in_executor(self._thread, work))


class _Group:
    """Writers that share a transaction. ``end`` is done when that is committed, or has failed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_changed = False
        self.failure: sqlite3.Error | None = None  # by which SQLite undid the whole transaction

    async def admit(self, writer: "_Writer") -> None:
        """Return when the writer has written, or failed.

        Raises:
            sqlite3.Error: the whole transaction is undone.
        """
        try:
            self.connection.execute("SAVEPOINT writer")
        except sqlite3.Error as error:
            writer.refuse(error)
            raise
        await writer.write_in(self)
        if self.failure is not None:
            raise self.failure


class _Writer(Connection):
    """The part of one writer in the transaction of a group."""

    def __init__(self, in_thread: Callable[[Callable[[], Answer]], Awaitable[Answer]]) -> None:
        loop = asyncio.get_running_loop()
        self._in_thread = in_thread
        self._turn: asyncio.Future[_Group] = loop.create_future()
        self._written: asyncio.Future[None] = loop.create_future()
        self._failure: sqlite3.Error | None = None

    @property
    def is_waiting(self) -> bool:
        return not self._turn.done()

    async def admission(self) -> None:
        """Return when it is this writer's turn."""
        try:
            async with asyncio.timeout(TURN_DEADLINE):
                await self._turn
        except TimeoutError:
            raise DatabaseUnavailable("too many writers are waiting") from None

    def refuse(self, error: Exception) -> None:
        self._turn.set_exception(error)

    async def write_in(self, group: _Group) -> None:
        """Let the writer begin, and wait until it has written or failed."""
        self._turn.set_result(group)
        await self._written

    async def execute(
        self, statement: Executable, parameters: Parameters | Sequence[Parameters] | None = None
    ) -> Answer:
        return await self._in_thread(partial(self._run, statement, parameters))

    async def execute_by_key(self, statement: Executable, parameters: Parameters | None = None) -> Answer:
        return self._run(statement, parameters)

    async def commit(self) -> None:
        group = self._turn.result()
        with self._noting_failures(group):
            group.connection.execute("RELEASE writer")
        group.is_changed = True
        self._written.set_result(None)
        await run_to_completion(group.end)

    async def leave(self) -> None:
        """Undo what was not committed, and return when the group has ended."""
        if self._turn.cancel() or self._turn.cancelled() or self._turn.exception() is not None:
            return
        group = self._turn.result()
        if not self._written.done():
            with suppress(sqlite3.Error), self._noting_failures(group):
                group.connection.execute("ROLLBACK TO writer")
                group.connection.execute("RELEASE writer")
            self._written.set_result(None)
        with suppress(Exception):  # it concerns those who committed, and was raised to them
            await run_to_completion(group.end)

    def _run(self, statement: Executable, parameters: Parameters | Sequence[Parameters] | None) -> Answer:
        if self._failure is not None:  # otherwise the statement might be carried out outside of any transaction
            raise self._failure
        group = self._turn.result()
        with self._noting_failures(group):
            return run(group.connection, statement, parameters)

    @contextmanager
    def _noting_failures(self, group: _Group) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self._failure = error
            if not group.connection.in_transaction:
                group.failure = group.failure or error
            raise
