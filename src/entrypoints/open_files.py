"""How many files a process may have open, and how many connections therefore."""

import resource
from typing import Final

MOST_FILES: Final = 65_536  # open at once in one process
MOST_CONNECTIONS: Final = 32_768  # of one process; each takes some kilobytes of memory
OTHER_FILES: Final = 1024  # for uploads, image workers, the database and the store


def raise_file_limit() -> int:
    """Let this process, and those that it starts, open as many files as they may, up to ``MOST_FILES``. Returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return MOST_FILES if soft == resource.RLIM_INFINITY else soft


def most_connections(limit: int, wanted: int) -> int:
    """The number of connections that a process with this limit of open files accepts at once.

    ``wanted``: the setting; 0 = as many as possible. If they took every file, accepting would fail without end, and so would
    all other work.
    """
    possible = min(MOST_CONNECTIONS, limit - min(OTHER_FILES, limit // 2))
    return min(wanted, possible) if wanted else possible
