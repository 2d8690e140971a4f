"""Processor time and memory of a process and its descendants, from ``/proc``."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
CODEC = b"adapters.codec.pool.fork_server"  # in the command line of the fork server and of the workers that it forks
RESET_HIGH_WATER = "5"  # proc(5), clear_refs
KIBIBYTES = re.compile(r"^(VmRSS|VmHWM|RssAnon):\s+(\d+) kB$", re.MULTILINE)
GONE = (FileNotFoundError, ProcessLookupError)  # a process may end between two reads


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident bytes of the server's processes, with the kernel's high-water mark and the anonymous part, and of the
    codec's processes."""

    server: int
    high_water: int
    anonymous: int
    codec: int


def tree(root: int) -> Iterator[int]:
    """``root`` and its descendants."""
    yield root
    with suppress(*GONE):
        for thread in (PROC / str(root) / "task").iterdir():
            with suppress(*GONE):
                for child in (thread / "children").read_text().split():
                    yield from tree(int(child))


def cpu_seconds(root: int) -> float:
    """User and system time of the processes of the tree, and of their children that ended before."""
    return sum(_ticks(pid) for pid in tree(root)) / TICKS


def memory(root: int) -> Memory:
    server = {"VmRSS": 0, "VmHWM": 0, "RssAnon": 0}
    codec = 0
    for pid in tree(root):
        with suppress(*GONE):
            found = KIBIBYTES.findall((PROC / str(pid) / "status").read_text())
            figures = {name: int(kibibytes) * 1024 for name, kibibytes in found}
            if CODEC in (PROC / str(pid) / "cmdline").read_bytes():
                codec += figures.get("VmRSS", 0)
            else:
                for name, figure in figures.items():
                    server[name] += figure
    return Memory(server["VmRSS"], server["VmHWM"], server["RssAnon"], codec)


def reset_high_water(root: int) -> None:
    for pid in tree(root):
        (PROC / str(pid) / "clear_refs").write_text(RESET_HIGH_WATER)


def _ticks(pid: int) -> int:
    with suppress(*GONE):
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        # utime, stime, and those of waited-for children, after the command's name
        return sum(map(int, fields[11:15]))
    return 0
