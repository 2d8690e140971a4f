"""The bounds within which pictures are decoded, as set and as handed to each worker."""

from dataclasses import dataclass
from enum import StrEnum


class SandboxMode(StrEnum):
    """What to do where the kernel lacks a layer of the sandbox.

    ``require``: decode nothing. ``prefer``: decode with the layers there are. ``off``: use only those that the codec's
    own laws need, the bound on memory and the end together with the server.
    """

    REQUIRE = "require"
    PREFER = "prefer"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """How many pictures at once, and what one of them may cost. Times are in seconds, sizes in bytes.

    ``waiting`` pictures may stand in line for one of ``workers``, none of them longer than ``longest_wait``.
    ``memory`` bounds a worker's address space: the default is the least with which 50 megapixels can be decoded in
    every format. A worker is replaced after ``tasks_per_worker``, so that what a decoder leaks is given back.
    """

    workers: int = 2
    waiting: int = 8
    longest_wait: float = 10
    deadline: float = 30
    memory: int = 1408 * 2**20
    tasks_per_worker: int = 500
    sandbox: SandboxMode = SandboxMode.PREFER


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What is left to a worker: so much address space, in bytes, and the files in two sets of folders."""

    mode: SandboxMode
    memory: int
    readable: tuple[str, ...]
    writable: tuple[str, ...]
