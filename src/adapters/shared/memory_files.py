"""Small files in memory. They have a path like files on a disk, but no call on them waits for a disk."""

import fcntl
import os
from typing import Final

LARGEST: Final = 64 * 1024
"""Bytes of a file that is worth keeping in memory: a larger one takes longer to process than to write."""

_FOLDER: Final = "/proc/self/fd/"


def make(most: int | None = None) -> int:
    """The descriptor of a new file in memory. The file lasts until it is closed.

    ``most``: the file has this size now, and can be made smaller, but never larger, by whoever has it open.
    """
    descriptor = os.memfd_create("calotype", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    if most is not None:
        try:
            os.ftruncate(descriptor, most)
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        except BaseException:
            os.close(descriptor)
            raise
    return descriptor


def freeze(descriptor: int) -> None:
    """From now on nobody can change the bytes of the file, not even who opens it anew."""
    seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)


def path_of(descriptor: int) -> str:
    """A path by which this process can open the file while ``descriptor`` is open."""
    return f"{_FOLDER}{descriptor}"


def is_in_memory(path: str) -> bool:
    return path.startswith(_FOLDER)
