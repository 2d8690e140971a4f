"""A worker's memory: returning it to the system, and telling whether a decoder failed for lack of it."""

import ctypes
import os
import resource
from contextlib import suppress

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
_KEPT_ARRAY = 32 * 2**20  # bytes; the most that glibc accepts
_KEPT_IN_ALL = 128 * 2**20  # bytes

_STATUS_FILE = "/proc/self/status"
_descriptor: int | None = None


def watch() -> None:
    """Open the file that ``would_exceed_bound`` reads; call it before the sandbox closes the file system. Idempotent."""
    global _descriptor  # noqa: PLW0603  one per process, as the memory is
    if _descriptor is None:
        with suppress(OSError):
            _descriptor = os.open(_STATUS_FILE, os.O_RDONLY | os.O_CLOEXEC)


def keep_freed() -> None:
    """Have the C library keep freed arrays of a few megabytes for the next ones, until ``give_back``.

    By default it gets each from the system and returns it: that took a fifth of the time for an image of a megapixel.
    """
    with suppress(AttributeError):  # a C library other than glibc
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, _KEPT_ARRAY)
        library.mallopt(_M_TRIM_THRESHOLD, _KEPT_IN_ALL)


def give_back() -> None:
    """Return freed memory to the system."""
    with suppress(AttributeError):  # as above
        ctypes.CDLL(None).malloc_trim(0)


def would_exceed_bound(size: int) -> bool:
    """Whether this process's peak address space and ``size`` bytes together exceed its bound."""
    bound, _ = resource.getrlimit(resource.RLIMIT_AS)
    return bound != resource.RLIM_INFINITY and _peak() + size > bound


def _peak() -> int:
    """The largest address space that this process ever had, in bytes; 0 where the system does not tell."""
    if _descriptor is None:
        return 0
    for line in os.pread(_descriptor, 4096, 0).splitlines():
        if line.startswith(b"VmPeak:"):
            return int(line.split()[1]) * 1024
    return 0
