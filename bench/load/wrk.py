"""Sends requests as fast as a server answers them, and measures the cost of each."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.peers.peers import Peer, program
from bench.peers.processes import cpu_seconds

PATIENCE = 30.0  # seconds that the generator may take beyond its duration
GENERATOR = "wrk, 1 thread"


@dataclass(frozen=True, slots=True)
class Ask:
    """Requests over ``connections`` connections: the lines of ``file`` in turn, in the format of wrk.lua."""

    file: Path
    connections: int
    largest: float = float("inf")  # bytes of the largest valid answer, which distinguishes a 304 from a 200

    @classmethod
    def written(cls, file: Path, lines: Iterable[str], connections: int, largest: float = float("inf")) -> "Ask":
        file.write_text("\n".join(lines) + "\n")
        return cls(file, connections, largest)


@dataclass(frozen=True, slots=True)
class Rate:
    """Answers per second; processor time of the server for one answer, in microseconds; median latency, in
    milliseconds; and length of an answer, in bytes."""

    per_second: float
    cost: float
    latency: float
    size: float


def measure(peer: Peer, ask: Ask, seconds: int) -> Rate:
    """The rate at which ``peer`` answers.

    Raises:
        RuntimeError: an answer was not the expected one.
    """
    url = f"http://127.0.0.1:{peer.port}"
    options = ["--threads", "1", "--connections", str(ask.connections), "--duration", f"{seconds}s", "--timeout", "10s"]
    given = [str(ask.file), peer.token] if peer.token else [str(ask.file)]
    before = sum(map(cpu_seconds, peer.roots))
    done = subprocess.run(
        [program("wrk", "wrk"), *options, "--script", str(Path(__file__).parent / "wrk.lua"), url, "--", *given],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + PATIENCE,
    )
    spent = sum(map(cpu_seconds, peer.roots)) - before
    tally = json.loads(done.stdout.splitlines()[-1])
    count = tally["requests"]
    if tally["failures"] or not count or tally["bytes"] / count > ask.largest:
        raise RuntimeError(f"{peer.name} failed under load: {tally}")
    return Rate(count / tally["seconds"], spent / count * 1e6, tally["latency"] * 1e3, tally["bytes"] / count)
