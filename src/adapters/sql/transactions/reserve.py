"""Room on the disk of a SQLite database that is kept for what frees room: without it, a full disk could not be emptied.

SQLite writes to its log before it removes a row, so on a disk without a free byte nothing can be removed.
"""

import os
from contextlib import suppress
from pathlib import Path

from domain.errors import StorageFull

SUFFIX = "-reserve"
SIZE = 8 * 1024 * 1024
"""Bytes: what the log may grow by before it is copied into the file, and what the file grows by then."""

LOW = 1024 * 1024  # bytes that are free; with less, the reserve is given up


class Reserve:
    """A file beside the database. It is empty as long as it is given up, and not there if there never was room for it.

    Every process sees its state, and calls no more than ``stat`` to do so.
    """

    def __init__(self, database: Path) -> None:
        self._file = database.with_name(database.name + SUFFIX)

    def check(self) -> None:
        """Return if it is not given up. What needs room must not take that of what frees it.

        Raises:
            StorageFull: it is.
        """
        if self._is_given_up():
            raise StorageFull

    def make_room(self) -> None:
        """Give it up if the disk is nearly full."""
        if self._free() < LOW:
            self.give_up()

    def give_up(self) -> None:
        """Give it up, if it is there."""
        with suppress(OSError):
            os.truncate(self._file, 0)

    def restore(self) -> None:
        """Make it, if twice as much is free. Blocks for some milliseconds.

        Raises:
            OSError: it cannot be made.
        """
        size = self._size()
        if size == SIZE or self._free() < 2 * SIZE:
            return
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, SIZE)
        except OSError:
            os.truncate(descriptor, 0)
            raise
        finally:
            os.close(descriptor)

    def _is_given_up(self) -> bool:
        size = self._size()
        return size is not None and size < SIZE

    def _size(self) -> int | None:
        try:
            return self._file.stat().st_size
        except OSError:
            return None

    def _free(self) -> int:
        found = os.statvfs(self._file.parent)
        return found.f_bavail * found.f_frsize
