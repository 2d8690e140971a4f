"""The memory of a worker: giving back, and whether a decoder failed for want of it, which some do not say."""

import ctypes
import os
import resource
from contextlib import suppress

_STATUS = "/proc/self/status"
_descriptor: int | None = None


def watch() -> None:
    """To be called before the file system is closed: what is open stays readable. Idempotent."""
    global _descriptor  # noqa: PLW0603  it belongs to the process, as what it tells of does
    if _descriptor is None:
        with suppress(OSError):
            _descriptor = os.open(_STATUS, os.O_RDONLY | os.O_CLOEXEC)


def give_back() -> None:
    """Return to the system what is free. Many arrays of a few megabytes, which come and go, leave it to be asked for."""
    with suppress(AttributeError):  # a C library other than glibc
        ctypes.CDLL(None).malloc_trim(0)


def would_pass_the_bound(size: int) -> bool:
    """Whether ``size`` bytes on top of the most that this process ever had are more than it may have."""
    bound, _ = resource.getrlimit(resource.RLIMIT_AS)
    return bound != resource.RLIM_INFINITY and _most_ever() + size > bound


def _most_ever() -> int:
    """In bytes of address space; 0 where the system does not tell."""
    if _descriptor is None:
        return 0
    for line in os.pread(_descriptor, 4096, 0).splitlines():
        if line.startswith(b"VmPeak:"):
            return int(line.split()[1]) * 1024
    return 0
