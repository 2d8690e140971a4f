"""Uploads of one image to one server, so many at once: what each round of them took."""

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
EVERY = 0.01  # seconds between two looks whether the variants are there
DEADLINE = 180.0  # seconds, of one round


@dataclass(frozen=True, slots=True)
class Round:
    """``rate``: images per second that were stored, with their variants. ``cost``: seconds of processor time for one,
    over all processes of the server; what failed uploads took is in it. ``times``: seconds until the answer to each. ``errors``: how many had another status than
    201, by the status, or no answer, by the name of the error."""

    rate: float
    cost: float
    times: Sequence[float]
    errors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Uploading:
    """``is_busy`` tells whether the server still makes variants of what it has stored."""

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
        told = json.loads(done.stdout)
        ended = told["ended"]
        until = time.monotonic() + DEADLINE
        while self.is_busy():
            if time.monotonic() > until:
                raise RuntimeError(f"{self.peer.name} did not make its variants in time")
            time.sleep(EVERY)
            ended = time.monotonic()
        spent = cpu_seconds(self.peer.pid) - before
        stored = told["statuses"].pop(STORED, 0)
        if not stored:
            raise RuntimeError(f"{self.peer.name} stored no {self.upload.what}: {told['statuses']}")
        self.rounds.append(Round(stored / (ended - told["began"]), spent / stored, told["stored"], told["statuses"]))

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
        """Of the times of all rounds, in seconds; among fewer than a hundred uploads the 99th is close to the longest."""
        times = [seconds for each in self.rounds for seconds in each.times]
        return quantiles(times, n=100, method="inclusive")[percent - 1] if len(times) > 1 else times[0]


def has_pending_variants(database: Path) -> bool:
    """Whether a Calotype with that SQLite file is still making variants. It is not asked, so it spends nothing on the answer.

    Raises:
        RuntimeError: it could not make one of them.
    """
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        states = {state for (state,) in connection.execute("SELECT DISTINCT state FROM variants")}
    if "failed" in states:
        raise RuntimeError("Calotype failed to make a variant")
    return "pending" in states
