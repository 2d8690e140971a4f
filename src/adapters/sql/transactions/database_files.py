"""Notices that the files of a SQLite database were removed or replaced while it was open.

SQLite does not notice: what is written from then on goes into files that no path leads to, and is gone once they are closed.
"""

from pathlib import Path

from domain.errors import DatabaseReplaced

LOG_SUFFIX = "-wal"  # SQLite's write-ahead log, which is kept as long as any process has the database open


class DatabaseFiles:
    """The files of the database that one connection after the other of this process writes to."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._log = file.with_name(file.name + LOG_SUFFIX)
        self._identities: dict[Path, tuple[int, int]] = {}
        self._is_lost = False

    def opened(self) -> None:
        """Remember the files: a connection has them open, and a transaction begun.

        Raises:
            DatabaseReplaced: the database is gone already. A log is not there on file systems that cannot have one.
        """
        for path in (self._file, self._log):
            identity = _identity(path)
            if identity is None and path == self._file:
                self._is_lost = True
            elif identity is not None:
                self._identities.setdefault(path, identity)
        self.check()

    def closed(self) -> None:
        """The connection is closed. SQLite may have removed the log, and makes a new one for the next connection."""
        self._identities.pop(self._log, None)

    def check(self) -> None:
        """Return if the files are still those that were opened.

        Raises:
            DatabaseReplaced: they are not, or once were not. A new connection could find the log of another database, so
                only a new start ends this.
        """
        self._is_lost = self._is_lost or any(_identity(path) != known for path, known in self._identities.items())
        if self._is_lost:
            raise DatabaseReplaced


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:  # it is gone, or its disk is
        return None
    return found.st_dev, found.st_ino
