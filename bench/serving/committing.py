"""A process that commits to the same SQLite database at regular intervals.

Usage: python -m bench.serving.committing FILE. Runs until terminated.
"""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

EVERY = 0.05  # seconds between two commits


@contextmanager
def committing(database: Path) -> Iterator[None]:
    """In this context another process commits changes that affect no response: the last use of access keys."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.serving.committing", str(database)], stdout=subprocess.PIPE
    ) as other:
        try:
            assert other.stdout is not None
            other.stdout.readline()  # the first commit is done
            yield
            if other.poll() is not None:
                raise RuntimeError("the committing process ended before the measurement")
        finally:
            other.kill()


def main(database: str) -> None:
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as connection:
        for number in range(sys.maxsize):
            connection.execute("UPDATE access_keys SET last_used_at = coalesce(last_used_at, 0) + 1")
            if number == 0:
                print("committing", flush=True)
            time.sleep(EVERY)


if __name__ == "__main__":
    main(*sys.argv[1:])
