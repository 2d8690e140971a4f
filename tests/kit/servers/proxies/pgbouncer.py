"""A real PgBouncer in front of a PostgreSQL server."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from kit.servers import programs
from kit.servers.calotype import free_port
from kit.servers.postgres import Postgres

SLOWEST_START = 30  # seconds
CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server} user=calotype
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
{more}
"""


@contextmanager
def pgbouncer(postgres: Postgres, mode: str, **more: str) -> Iterator[int]:
    """Its port. It runs as the user of ``postgres``, because it refuses to run as root."""
    postgres.start()
    # Resolved, because a folder of links on the PATH may be closed to the other user.
    program, port = programs.pgbouncer().resolve(), free_port()
    with TemporaryDirectory(prefix="calotype-pgbouncer-") as name:
        folder = Path(name)
        settings = CONFIGURATION.format(
            server=postgres.port,
            port=port,
            mode=mode,
            more="\n".join(f"{key} = {value}" for key, value in more.items()),
        )
        (folder / "pgbouncer.ini").write_text(settings)
        if postgres.user:
            shutil.chown(folder, postgres.user)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [program, folder / "pgbouncer.ini"], user=postgres.user, cwd=folder, stdout=log, stderr=log
            )
        try:
            _wait(process, port, folder / "log")
            yield port
        finally:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + SLOWEST_START
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        is_starting = process.poll() is None and time.monotonic() < until
        assert is_starting, f"PgBouncer does not start: {log.read_text()}"
        time.sleep(0.05)
