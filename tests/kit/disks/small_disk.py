"""Disks that a test can fill."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kit.missing import missing


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of this size, if this user may mount one."""
    folder.mkdir()
    mount = shutil.which("mount") or "/bin/mount"  # Debian has it, and not always on the path
    arguments: list[str | Path] = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
    mounted = subprocess.run([mount, *arguments], capture_output=True)
    if mounted.returncode:
        missing(f"only root can mount the small disk that this test fills: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run([mount.replace("mount", "umount"), folder], check=True)


def fill(disk: Path) -> Path:
    """Fill the disk to its last byte. Returns the file that does so."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("ab", buffering=0) as stream:
        for size in (65536, 512):
            with suppress(OSError):
                while True:
                    stream.write(bytes(size))
    return ballast
