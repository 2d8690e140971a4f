"""Transactions on SQLite: one connection writes, some others read."""

from contextlib import AbstractAsyncContextManager

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.transactions.connection import Connection, Transactions
from adapters.sql.transactions.database_files import DatabaseFiles
from adapters.sql.transactions.engine import sqlite_file
from adapters.sql.transactions.group_commit import GroupCommit
from adapters.sql.transactions.snapshots import Snapshots

READERS = 4  # connections


class SqliteTransactions(Transactions):
    """Transactions on the database of ``engine``. Their connections are closed when it is disposed."""

    def __init__(self, engine: AsyncEngine) -> None:
        file = sqlite_file(engine.url)
        files = DatabaseFiles(file)
        self._groups = GroupCommit(file, files)
        self._snapshots = Snapshots(file, READERS, files)
        event.listen(engine.sync_engine, "engine_disposed", self._close)

    def writing(self) -> AbstractAsyncContextManager[Connection]:
        return self._groups.writing()

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        return self._snapshots.reading()

    def _close(self, _: object) -> None:
        self._groups.close()
        self._snapshots.close()
