"""Turns at writing."""

import asyncio
import fcntl
import os
import stat
import weakref
from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

from adapters.shared.gate import Gate
from adapters.sql.schema.faults import faults
from domain.errors import DatabaseUnavailable

TURN_DEADLINE = 30.0  # seconds to wait for a turn among the writers of this process, and then among processes
LOOK_EVERY = 0.002  # seconds between two tries to get a lock
TURNS_SUFFIX = "-turns"
WRITER, NEXT = 0, 1  # bytes of the file: the writer locks one, and the next writer the other


class Turns(Protocol):
    @abstractmethod
    def taken(self) -> AbstractAsyncContextManager[None]:
        """A turn, which ends with the context.

        Raises:
            DatabaseUnavailable: too many are waiting.
        """
        ...


class LocalTurns(Turns):
    """Up to ``number`` turns at once, for the writers of this process."""

    def __init__(self, number: int) -> None:
        self._gate = Gate(
            number, longest_wait=TURN_DEADLINE, refusal=lambda: DatabaseUnavailable("too many writers are waiting")
        )

    def taken(self) -> AbstractAsyncContextManager[None]:
        return self._gate


class SharedTurns(Turns):
    """One turn for all processes that write to a SQLite database, by locks on a file next to it.

    SQLite itself waits by sleeping, up to a tenth of a second, before each new try. Under load the process that has just
    written is the first to find the database free again, and starves the others. Here a waiting process holds the lock of
    the next writer, so that one that has just written waits behind it.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._file = database.with_name(database.name + TURNS_SUFFIX)
        self._here = LocalTurns(1)
        self._descriptor: int | None = None

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        async with self._here.taken():
            with faults():
                descriptor = self._open()
                async with asyncio.timeout(TURN_DEADLINE):
                    await _lock(descriptor, NEXT)
                    try:
                        await _lock(descriptor, WRITER)
                    finally:
                        _unlock(descriptor, NEXT)
            try:
                yield
            finally:
                _unlock(descriptor, WRITER)

    def _open(self) -> int:
        if self._descriptor is None:
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            weakref.finalize(self, os.close, self._descriptor)
            self._belong_to_the_database(self._descriptor)
        return self._descriptor

    def _belong_to_the_database(self, descriptor: int) -> None:
        """Let all users who may write to the database take turns, even if root was the first."""
        with suppress(FileNotFoundError, PermissionError):  # there is no database yet, or another user owns the file
            database = self._database.stat()
            os.fchmod(descriptor, stat.S_IMODE(database.st_mode))
            os.fchown(descriptor, database.st_uid, database.st_gid)


async def _lock(descriptor: int, place: int) -> None:
    while True:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):  # POSIX allows either
            await asyncio.sleep(LOOK_EVERY)
        else:
            return


def _unlock(descriptor: int, place: int) -> None:
    fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, place)
