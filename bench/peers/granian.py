"""Granian configured as in ``calotype serve``, with a minimal application.

Usage: python -m bench.peers.granian asgi|litestar PORT. Serves until terminated.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.peers.peers import ROOT, Launch, Peer, free_port, served
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from entrypoints.cli.commands.operation import HEADER_DEADLINE, STOPPING_DEADLINE


@contextmanager
def bare(folder: Path, application: str) -> Iterator[Peer]:
    """The application of that name in ``bench.peers.bare_app``."""
    folder.mkdir()
    port = free_port()
    command = [sys.executable, "-m", "bench.peers.granian", application, str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with served(Launch(f"bare {application}", command, folder, port, environment=environment)) as peer:
        yield peer


def main(application: str, port: str) -> None:
    Granian(
        f"bench.peers.bare_app:{application}",
        address="127.0.0.1",
        port=int(port),
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_DEADLINE),
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=STOPPING_DEADLINE,
    ).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
