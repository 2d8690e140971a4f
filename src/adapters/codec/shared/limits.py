"""Limits on decoding: those of the pool of workers, and what is passed to each worker."""

from dataclasses import dataclass
from enum import StrEnum


class SandboxMode(StrEnum):
    """What to do if the kernel lacks a layer of the sandbox.

    ``require``: decode nothing. ``prefer``: decode with the layers that it has. ``off``: use only the layers that the
    codec cannot do without: the bound on memory, and that a worker ends when the server does.
    """

    REQUIRE = "require"
    PREFER = "prefer"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """How many images are processed at once, and what one may cost. Times are in seconds, sizes in bytes.

    Up to ``waiting`` images of each user wait for one of ``workers``, each at most ``longest_wait``. ``deadline`` is for
    one image once it has a worker; starting a worker may take the longer of the two. ``memory`` bounds a worker's address
    space: the default is the least with which 50 megapixels can be decoded in every format. A worker is replaced after
    ``tasks_per_worker``, so that leaks do not add up.
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
    """How a worker is confined. ``memory`` bounds its address space, in bytes."""

    mode: SandboxMode
    memory: int
