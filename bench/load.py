"""Requests as fast as a server answers them, and what each costs it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peers import HERE, Peer
from bench.processes import cpu_seconds

CONNECTIONS = 32
PATIENCE = 15.0  # seconds that a generator may take over its time
WRK = shutil.which("wrk")
GENERATOR = "wrk, 1 thread" if WRK else "bench/asyncio_load.py (wrk is not installed)"


@dataclass(frozen=True, slots=True)
class Rate:
    """``cost`` is the processor time of the server's processes for one request, in microseconds."""

    per_second: float
    cost: float


def measure(peer: Peer, paths: Path, seconds: int) -> Rate:
    """The rate at which ``peer`` answers requests for the paths of a file, one a line, taken in turn.

    Raises:
        RuntimeError: not every answer was the one asked for.
    """
    before = cpu_seconds(peer.pid)
    done = subprocess.run(
        _command(peer, paths, seconds),
        cwd=HERE.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + PATIENCE,
    )
    spent = cpu_seconds(peer.pid) - before
    tally = json.loads(done.stdout.splitlines()[-1])
    if tally["failures"] or not tally["requests"]:
        raise RuntimeError(f"{peer.name} failed under load: {tally}")
    return Rate(tally["requests"] / tally["seconds"], spent / tally["requests"] * 1e6)


def _command(peer: Peer, paths: Path, seconds: int) -> Sequence[str]:
    if WRK:
        url = f"http://127.0.0.1:{peer.port}"
        options = ["--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s", "--timeout", "10s"]
        return [WRK, *options, "--script", str(HERE / "load.lua"), url, "--", peer.token, str(paths)]
    arguments = [str(peer.port), peer.token, str(paths), str(CONNECTIONS), str(seconds)]
    return [sys.executable, "-m", "bench.asyncio_load", *arguments]
