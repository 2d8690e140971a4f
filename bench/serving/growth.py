"""Memory of Calotype's processes while many large uploads arrive at once."""

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
EVERY = 0.02  # seconds between two samples
DEADLINE = 100.0  # seconds
QUIET = 1.0  # seconds until the warmed-up server is idle

PROSE = f"""\
Resident memory of a new server that has stored one small image, before the uploads and at the peak. The peak is the
greater of the samples, taken every {EVERY * 1000:.0f} ms, and the kernel's high-water mark. Memory of the server is that
of all its processes except the codec's. *Anonymous* excludes mapped files, whose pages the kernel can drop."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Resident memory before the uploads, and the peak of each part during them."""

    what: str
    size: int
    before: Memory
    peak: Memory
    seconds: float

    @property
    def highest(self) -> int:
        """Peak of the server's processes: the greater of the samples and the kernel's high-water mark."""
        return max(self.peak.server, self.peak.high_water)

    @property
    def grown(self) -> int:
        return self.highest - self.before.server


def measured(folder: Path) -> Section:
    """Memory during uploads that are refused after the last byte, and during uploads that are stored.

    Compression is off for the latter, because the last of these large images would reach its deadline otherwise.
    """
    refused = bytes(LARGEST - 1)
    image = noise("JPEG", 4096, 3090, quality=100, subsampling=0)
    growths = (
        _measured(folder / "refused", "refused (422) after the last byte", refused, 422),
        _measured(
            folder / "stored", "stored (201), compression off", image, 201, {"CALOTYPE_IMAGES__COMPRESSION": "off"}
        ),
    )
    goals = [Goal.at_most(f"growth, {each.what}", GOAL, each.grown / MIB, "MiB") for each in growths]
    return Section(f"Memory while {UPLOADS} uploads arrive at once", f"{PROSE}\n\n{_tabled(growths)}", goals)


def _measured(folder: Path, what: str, data: bytes, expected: int, settings: Mapping[str, str] | None = None) -> Growth:
    if not 0.98 * LARGEST < len(data) < LARGEST:
        raise AssertionError(f"an upload of {len(data)} bytes is not close to the limit")
    with calotype(folder, settings=settings) as peer:
        # The first image starts the codec, whose memory must not count as growth.
        stored(peer, folder, "first.jpg", noise("JPEG", 64, 64))
        time.sleep(QUIET)
        file = folder / "upload"
        file.write_bytes(data)
        return _sampled(peer, file, what, expected)


def _sampled(peer: Peer, file: Path, what: str, expected: int) -> Growth:
    reset_high_water(peer.pid)
    before = memory(peer.pid)
    samples: list[Memory] = []
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
                samples.append(memory(peer.pid))
                time.sleep(EVERY)
            answers, _ = client.communicate(timeout=1)
        finally:
            client.kill()
    statuses = json.loads(answers)["statuses"]
    if statuses != {str(expected): UPLOADS}:
        raise RuntimeError(f"expected {UPLOADS} answers {expected}, got {statuses}")
    peak = Memory(
        server=max(each.server for each in samples),
        high_water=max(each.high_water for each in samples),
        anonymous=max(each.anonymous for each in samples),
        codec=max(each.codec for each in samples),
    )
    return Growth(what, file.stat().st_size, before, peak, time.monotonic() - began)


def _tabled(growths: Sequence[Growth]) -> str:
    rows = [
        (
            each.what,
            _mib(each.size),
            _mib(each.before.server),
            _mib(each.highest),
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
