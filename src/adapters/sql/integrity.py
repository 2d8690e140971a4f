"""Whether the file of a SQLite database is whole. PostgreSQL looks after its own."""

import sqlite3
from contextlib import closing

from adapters.sql.schema.faults import faults
from adapters.sql.transactions.database_files import LOG_SUFFIX
from adapters.sql.transactions.database_url import DatabaseUrl, SqliteUrl
from domain.errors import DatabaseDamaged


class SqlIntegrity:
    """Reads the whole file; a gigabyte takes some seconds. Call it in a thread."""

    def __init__(self, url: DatabaseUrl) -> None:
        self._file = url.file if isinstance(url, SqliteUrl) else None

    def check_after_unclean_end(self) -> None:
        """The check, if a process ended without closing the database, or has it open.

        Raises:
            DatabaseDamaged: as ``check``.
        """
        if self._file is not None:
            log = self._file.with_name(self._file.name + LOG_SUFFIX)
            if log.exists() and log.stat().st_size:
                self.check()

    def check(self, *, thorough: bool = False) -> None:
        """Return if its structure is sound, or if there is no file. Nothing is written.

        ``thorough``: its indexes are compared with its tables, and its foreign keys followed, which takes several times as long.

        Raises:
            DatabaseDamaged: it is not, for example because its write-ahead log is that of another file.
            DatabaseUnavailable: it cannot be read.
        """
        if self._file is None or not self._file.exists():
            return
        # A connection that may write would, when it is closed, copy the log into the file, also if that is the wrong one.
        with faults(), closing(sqlite3.connect(f"{self._file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            [(found,)] = connection.execute(f"PRAGMA {'integrity' if thorough else 'quick'}_check(1)").fetchall()
            if found != "ok":
                raise DatabaseDamaged(found)
            if thorough and (broken := connection.execute("PRAGMA foreign_key_check").fetchone()):
                raise DatabaseDamaged(f"a row of {broken[0]} refers to a row that {broken[2]} does not have")
