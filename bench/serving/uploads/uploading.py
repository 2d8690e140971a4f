"""Concurrent uploads of one image to one server, and the figures of each round."""

import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from bench.peers.peers import ROOT, Peer
from bench.peers.processes import cpu_seconds
from bench.serving.uploads.images import Upload

STORED = "201"
EVERY = 0.01  # seconds between two checks for pending variants
DEADLINE = 180.0  # seconds, for the uploads of a round, and again for their variants


@dataclass(frozen=True, slots=True)
class Round:
    """The figures of one round.

    ``rate``: images stored per second, with their variants. ``cost``: seconds of processor time of all processes of the
    server for one stored image, including the time for failed uploads. ``times``: seconds until each answer 201.
    ``errors``: number of uploads with another status, by status, or without an answer, by name of the error.
    """

    rate: float
    cost: float
    times: Sequence[float]
    errors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Uploading:
    """``is_busy``: whether the server is still making variants of stored images."""

    peer: Peer
    upload: Upload
    at_once: int
    is_busy: Callable[[], bool]
    rounds: list[Round] = field(default_factory=list)

    def measure(self) -> None:
        command = [sys.executable, "-m", "bench.peers.uploads", "POST", str(self.peer.port), self.peer.token]
        numbers = [str(self.at_once), str(self.upload.each[self.at_once])]
        before = cpu_seconds(self.peer.pid)
        done = subprocess.run(
            [*command, str(self.upload.file), *numbers],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
        )
        result = json.loads(done.stdout)
        ended = result["ended"]
        until = time.monotonic() + DEADLINE
        while self.is_busy():
            if time.monotonic() > until:
                raise RuntimeError(f"{self.peer.name} did not make the variants in time")
            time.sleep(EVERY)
            ended = time.monotonic()
        spent = cpu_seconds(self.peer.pid) - before
        stored = result["statuses"].pop(STORED, 0)
        if not stored:
            raise RuntimeError(f"{self.peer.name} stored no {self.upload.what}: {result['statuses']}")
        self.rounds.append(
            Round(stored / (ended - result["began"]), spent / stored, result["stored"], result["statuses"])
        )

    @property
    def rate(self) -> float:
        return median(each.rate for each in self.rounds)

    @property
    def cost(self) -> float:
        return median(each.cost for each in self.rounds)

    @property
    def errors(self) -> Counter[str]:
        return sum((Counter(each.errors) for each in self.rounds), Counter())

    def percentile(self, percent: int) -> float:
        """Percentile of the times of all rounds, in seconds. With fewer than 100 uploads, the 99th is close to the maximum."""
        times = [seconds for each in self.rounds for seconds in each.times]
        return quantiles(times, n=100, method="inclusive")[percent - 1] if len(times) > 1 else times[0]


def has_pending_variants(database: Path) -> bool:
    """Whether a Calotype with that SQLite file is still making variants. Reads the file, which costs the server nothing.

    Raises:
        RuntimeError: it failed to make a variant.
    """
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        states = {state for (state,) in connection.execute("SELECT DISTINCT state FROM variants")}
    if "failed" in states:
        raise RuntimeError("Calotype failed to make a variant")
    return "pending" in states
