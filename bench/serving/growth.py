"""How much memory Calotype's processes take while many large uploads arrive at once."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peers.calotype import calotype
from bench.peers.images import noise
from bench.peers.peers import ROOT, Peer
from bench.peers.processes import Memory, memory, reset_high_water
from bench.peers.stock import stored
from bench.report.section import Goal, Section, table

UPLOADS = 32
LARGEST = 50 * 1024 * 1024  # bytes of one upload, by default
MIB = 1024 * 1024
GOAL = 64  # MiB
EVERY = 0.02  # seconds between two looks
DEADLINE = 100.0
QUIET = 1.0  # seconds for the warmed-up server to come to rest

PROSE = f"""\
Resident memory of a fresh server that has stored one small image, and at its peak: looked at every
{EVERY * 1000:.0f} ms, and by the kernel's own high-water mark; the greater counts. The server is every process of
the tree but the codec's. *Anonymous* leaves out mapped files, whose pages the kernel can drop."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Resident memory before the uploads, and the most of each part while they were under way."""

    what: str
    size: int
    before: Memory
    peak: Memory
    seconds: float

    @property
    def most(self) -> int:
        """Of the server's processes, as looked at or as the kernel marked it, whichever is more."""
        return max(self.peak.server, self.peak.high_water)

    @property
    def grown(self) -> int:
        return self.most - self.before.server


def measured(folder: Path) -> Section:
    """Uploads that are refused once they are there, and uploads that are stored as large as they are.

    The latter without compression: to optimise so many images of this size takes longer than the last would wait.
    """
    refused = bytes(LARGEST - 1)
    kept = noise("JPEG", 4096, 3090, quality=100, subsampling=0)
    growths = (
        _watched(folder / "refused", "refused (422) after the last byte", refused, 422),
        _watched(
            folder / "stored", "stored (201), compression off", kept, 201, {"CALOTYPE_IMAGES__COMPRESSION": "off"}
        ),
    )
    goals = [Goal.at_most(f"growth, {each.what}", GOAL, each.grown / MIB, "MiB") for each in growths]
    return Section(f"Memory while {UPLOADS} uploads arrive at once", f"{PROSE}\n\n{_tabled(growths)}", goals)


def _watched(folder: Path, what: str, data: bytes, expected: int, settings: Mapping[str, str] | None = None) -> Growth:
    if not 0.98 * LARGEST < len(data) < LARGEST:
        raise AssertionError(f"an upload of {len(data)} bytes")
    with calotype(folder, settings=settings) as peer:
        # A first image starts the codec, which is there to stay and is not what is asked about.
        stored(peer, folder, "first.jpg", noise("JPEG", 64, 64))
        time.sleep(QUIET)
        file = folder / "upload"
        file.write_bytes(data)
        return _sampled(peer, file, what, expected)


def _sampled(peer: Peer, file: Path, what: str, expected: int) -> Growth:
    reset_high_water(peer.pid)
    before = memory(peer.pid)
    seen: list[Memory] = []
    began = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "bench.peers.uploads",
        "POST",
        str(peer.port),
        peer.token,
        str(file),
        str(UPLOADS),
        "1",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as client:
        try:
            while client.poll() is None and time.monotonic() < began + DEADLINE:
                seen.append(memory(peer.pid))
                time.sleep(EVERY)
            answers, _ = client.communicate(timeout=1)
        finally:
            client.kill()
    statuses = json.loads(answers)["statuses"]
    if statuses != {str(expected): UPLOADS}:
        raise RuntimeError(f"of {UPLOADS} uploads that were to be answered {expected}: {statuses}")
    peak = Memory(
        server=max(each.server for each in seen),
        high_water=max(each.high_water for each in seen),
        anonymous=max(each.anonymous for each in seen),
        codec=max(each.codec for each in seen),
    )
    return Growth(what, file.stat().st_size, before, peak, time.monotonic() - began)


def _tabled(growths: Sequence[Growth]) -> str:
    rows = [
        (
            each.what,
            _mib(each.size),
            _mib(each.before.server),
            _mib(each.most),
            f"**{_mib(each.grown)}**",
            _mib(each.peak.anonymous - each.before.anonymous),
            _mib(each.before.codec),
            _mib(each.peak.codec),
            f"{each.seconds:.0f} s",
        )
        for each in growths
    ]
    head = ("uploads", "each", "before", "peak", "growth", "anonymous growth", "codec before", "codec peak", "took")
    return table(head, rows)


def _mib(size: int) -> str:
    return f"{size / MIB:,.0f} MiB"
