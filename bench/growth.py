"""How much memory Calotype's processes take while many large uploads arrive at once."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peers import HERE, Peer, calotype
from bench.pictures import noise
from bench.processes import Memory, memory, reset_high_water
from bench.uploads import upload

UPLOADS = 32
LARGEST = 50 * 1024 * 1024  # bytes of one upload, by default
GOAL = 64 * 1024 * 1024
EVERY = 0.02  # seconds between two looks
DEADLINE = 100.0
QUIET = 1.0  # seconds for the warmed-up server to come to rest


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


def watch(folder: Path) -> Sequence[Growth]:
    """Uploads that are refused once they are there, and uploads that are stored as large as they are.

    The latter without compression: to optimise so many pictures of this size takes longer than the last would wait.
    """
    refused = bytes(LARGEST - 1)
    stored = noise("JPEG", 4096, 3090, quality=100, subsampling=0)
    return (
        _watched(folder / "refused", "refused (422) after the last byte", refused, 422),
        _watched(folder / "stored", "stored (201), compression off", stored, 201, CALOTYPE_IMAGES__COMPRESSION="off"),
    )


def _watched(folder: Path, what: str, data: bytes, expected: int, **settings: str) -> Growth:
    if not 0.98 * LARGEST < len(data) < LARGEST:
        raise AssertionError(f"an upload of {len(data)} bytes")
    with calotype(folder, **settings) as peer:
        # A first picture starts the codec, which is there to stay and is not what is asked about.
        upload(peer.port, peer.token, noise("JPEG", 64, 64), "first.jpg")
        time.sleep(QUIET)
        file = folder / "upload"
        file.write_bytes(data)
        return _sampled(peer, file, what, expected)


def _sampled(peer: Peer, file: Path, what: str, expected: int) -> Growth:
    reset_high_water(peer.pid)
    before = memory(peer.pid)
    seen: list[Memory] = []
    began = time.monotonic()
    command = [sys.executable, "-m", "bench.uploads", str(peer.port), peer.token, str(file), "upload.jpg", str(UPLOADS)]
    with subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True) as client:
        try:
            while client.poll() is None and time.monotonic() < began + DEADLINE:
                seen.append(memory(peer.pid))
                time.sleep(EVERY)
            answers, _ = client.communicate(timeout=1)
        finally:
            client.kill()
    statuses = json.loads(answers)
    if statuses != {str(expected): UPLOADS}:
        raise RuntimeError(f"of {UPLOADS} uploads that were to be answered {expected}: {statuses}")
    peak = Memory(
        server=max(each.server for each in seen),
        high_water=max(each.high_water for each in seen),
        anonymous=max(each.anonymous for each in seen),
        codec=max(each.codec for each in seen),
    )
    return Growth(what, file.stat().st_size, before, peak, time.monotonic() - began)
