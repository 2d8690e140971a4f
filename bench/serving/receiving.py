"""Throughput of receiving large uploads, compared with nginx's WebDAV."""

import json
import subprocess
import sys
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.peers.calotype import calotype
from bench.peers.nginx import WORKERS, nginx
from bench.peers.peers import ROOT, Peer
from bench.peers.processes import cpu_seconds
from bench.report.section import Goal, Section, table
from bench.serving.growth import LARGEST

AT_ONCE = {1: 6, 8: 2}  # concurrent uploads: files sent by each
DEADLINE = 120.0  # seconds
GOAL = 1.2

PROSE = f"""\
Files of {LARGEST / 1e6:.0f} MB, sent by `sendfile` from one client. These files are not images: Calotype receives, hashes and stages each,
and refuses it (422) after the last byte without decoding. nginx ({WORKERS} workers) receives a PUT into a temporary file
on the same file system and renames it. Neither waits until the data are on the disk."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Concurrent uploads to one server. ``statuses``: the expected ones. ``rates``: bytes per second of each round.
    ``costs``: processor seconds per byte of each round."""

    peer: Peer
    method: str
    statuses: AbstractSet[str]
    at_once: int
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def measure(self, file: Path) -> None:
        each = AT_ONCE[self.at_once]
        command = [
            sys.executable,
            "-m",
            "bench.peers.uploads",
            self.method,
            str(self.peer.port),
            self.peer.token,
            str(file),
        ]
        before = cpu_seconds(self.peer.pid)
        done = subprocess.run(
            [*command, str(self.at_once), str(each)],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
        )
        spent = cpu_seconds(self.peer.pid) - before
        result = json.loads(done.stdout)
        if not result["statuses"].keys() <= self.statuses:
            raise RuntimeError(f"{self.peer.name} answered {result['statuses']}")
        size = LARGEST * self.at_once * each
        self.rates.append(size / (result["ended"] - result["began"]))
        self.costs.append(spent / size)


def measured(folder: Path, rounds: int) -> Section:
    file = folder / "no-image"
    file.write_bytes(bytes(LARGEST))
    with calotype(folder / "calotype") as ours, nginx(folder / "nginx") as theirs:
        pairs = [
            (Intake(ours, "POST", {"422"}, at_once), Intake(theirs, "PUT", {"201", "204"}, at_once))
            for at_once in AT_ONCE
        ]
        intakes = [each for pair in pairs for each in pair]
        for each in intakes:
            each.measure(file)
            each.rates.clear()
            each.costs.clear()
        for number in range(rounds):
            first = number % len(intakes)
            for each in (*intakes[first:], *intakes[:first]):
                each.measure(file)
    return Section("Receiving uploads", f"{PROSE}\n\n{_tabled(intakes)}", [_goal(*pair) for pair in pairs])


def _goal(ours: Intake, theirs: Intake) -> Goal:
    ratio = median(a / b for a, b in zip(ours.rates, theirs.rates, strict=True))
    return Goal.at_least(f"upload of 50 MB, {ours.at_once} at once: MB/s / nginx's", GOAL, ratio)


def _tabled(intakes: Sequence[Intake]) -> str:
    rows = [
        (
            str(each.at_once),
            each.peer.name,
            f"{median(each.rates) / 1e6:,.0f}",
            f"{median(each.costs) * 1e9:.2f} ms",
        )
        for each in intakes
    ]
    return table(("at once", "server", "MB/s", "CPU/MB"), rows)
