"""A PostgreSQL server with the defaults of its package, started as a user that is not root."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.peers.peers import free_port

START_DEADLINE = 60.0  # seconds
USER, DATABASE = "calotype", "postgres"


@dataclass(frozen=True, slots=True)
class Postgres:
    port: int
    pid: int

    def url(self, driver: str) -> str:
        return f"{driver}://{USER}@127.0.0.1:{self.port}/{DATABASE}"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server with one empty database, in a temporary folder.

    Raises:
        RuntimeError: it is not installed, or does not start.
    """
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    user = pwd.getpwnam("postgres").pw_name if os.getuid() == 0 else None  # it refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="calotype-bench-postgres-"))
    try:
        if user:
            shutil.chown(folder, user)
        arguments = ["-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(
            [programs[-1] / "initdb", "-D", folder / "data", "-U", USER, *arguments],
            user=user,
            check=True,
            capture_output=True,
        )
        with _started(programs[-1], folder, user) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@contextmanager
def _started(programs: Path, folder: Path, user: str | None) -> Iterator[Postgres]:
    port = free_port()
    address = ["-h", "127.0.0.1", "-p", str(port)]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, *address],
            user=user,
            stdout=output,
            stderr=output,
            cwd=folder,
        )
    try:
        until = time.monotonic() + START_DEADLINE
        while subprocess.run([programs / "pg_isready", "-q", *address], check=False).returncode:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL does not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield Postgres(port, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
