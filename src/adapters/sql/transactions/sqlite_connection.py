"""Connections to SQLite, set up so that an acknowledged commit survives a power cut and every wait has a deadline."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from domain.errors import DatabaseFolderMissing

BUSY_TIMEOUT = 5000  # milliseconds to wait for the lock of another process
_PAUSE = 0.02  # seconds between attempts
LARGEST_LOG = 16 * 1024 * 1024  # bytes that the write-ahead log keeps on the disk once it is not needed

_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16000",
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten, also where that costs a write of its own
    f"PRAGMA journal_size_limit = {LARGEST_LOG}",
)


class SqliteConnection(sqlite3.Connection):
    """A connection in WAL mode. Its transactions are begun explicitly.

    Raises:
        DatabaseFolderMissing: there is no folder for the file.
    """

    def __init__(self, file: str | Path, *args: Any, **options: Any) -> None:
        try:
            super().__init__(file, *args, **options)
        except sqlite3.OperationalError as error:
            folder = Path(file).parent
            if error.sqlite_errorcode == sqlite3.SQLITE_CANTOPEN and not folder.exists():
                raise DatabaseFolderMissing(folder=str(folder)) from error
            raise
        self.isolation_level = None
        try:
            self.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
            self._switch_to_wal()
            for pragma in _PRAGMAS:
                self.execute(pragma)
        except sqlite3.Error:
            self.close()
            raise

    def _switch_to_wal(self) -> None:
        """SQLite itself does not wait here: of several that open a new database at once, all but one fail."""
        deadline = time.monotonic() + BUSY_TIMEOUT / 1000
        while True:
            try:
                self.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE)
            else:
                return


def open_connection(file: Path) -> SqliteConnection:
    """A connection that one thread at a time may use."""
    return sqlite3.connect(file, check_same_thread=False, factory=SqliteConnection)
