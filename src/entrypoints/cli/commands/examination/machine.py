"""The machine: system, kernel, memory, disks and clock. Nothing here is a failure: the parts that need it say so themselves."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from entrypoints.cli.commands.examination.finding import Finding

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application

LOW_DISK_SPACE: Final = 1_000_000_000  # bytes
LANDLOCK_CREATE_RULESET: Final = 444  # the number of the system call, the same on x86-64 and ARM64
ASK_FOR_VERSION: Final = 1
CLOCK_IS_NOT_SET: Final = 0x40  # STA_UNSYNC
SIZE_OF_TIMEX: Final = 256  # bytes, and more than it has
STATUS_IN_TIMEX: Final = 5  # in words of the machine: after modes, offset, freq, maxerror and esterror
CGROUPS: Final = Path("/sys/fs/cgroup")
OVER_THE_NETWORK: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.glusterfs", "ceph"})


def system() -> Finding:
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "unknown system")
    except OSError:
        name = platform.system()
    libc, version = platform.libc_ver()
    detail = (
        f"{name}, {platform.machine()}, Python {platform.python_version()}, {libc or 'unknown C library'} {version}"
    )
    return Finding("system", "ok" if platform.system() == "Linux" else "warning", detail.strip())


def kernel() -> Finding:
    """The kernel, and what it has to confine image workers with. Whether that holds, a worker says."""
    landlock, seccomp = _landlock(), Path("/proc/sys/kernel/seccomp/actions_avail").exists()
    detail = f"{platform.system()} {platform.release()}; {landlock}; {'seccomp' if seccomp else 'no seccomp'}"
    return Finding("kernel", "ok" if seccomp and "no " not in landlock else "warning", detail)


def _landlock() -> str:
    version = ctypes.CDLL(None, use_errno=True).syscall(LANDLOCK_CREATE_RULESET, None, 0, ASK_FOR_VERSION)
    if version > 0:
        return f"Landlock, version {version}"
    reasons = {errno.ENOSYS: "no Landlock", errno.EOPNOTSUPP: "no Landlock: it is turned off"}
    return reasons.get(ctypes.get_errno(), "no Landlock: it is forbidden here")


async def memory(app: Application) -> Finding:
    limits = app.parts.codec.limits
    needed, present = limits.workers * limits.memory, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    allowed = memory_limit(CGROUPS, Path("/proc/self/cgroup"))
    whole = present if allowed is None else min(present, allowed)
    of = f"{whole / 1e9:.1f} GB" + ("" if allowed is None or allowed >= present else " that the control group may have")
    state = "ok" if needed <= whole / 2 else "warning"
    return Finding("memory", state, f"image workers may use up to {needed / 1e9:.1f} GB of {of}")


def memory_limit(groups: Path, own: Path) -> int | None:
    """The bytes that this process's control group, and all above it, may have; None if there is no limit."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return None
    limits = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, name = groups, "memory.max"
        elif controllers == "memory":
            root, name = groups / "memory", "memory.limit_in_bytes"
        else:
            continue
        folder = root / path.lstrip("/")
        limits += [_number(each / name) for each in (folder, *folder.parents) if each.is_relative_to(root)]
    return min((each for each in limits if each is not None), default=None)


def _number(file: Path) -> int | None:
    try:
        text = file.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None


async def space(app: Application) -> Finding:
    """The disks of the local folders. One that does not exist yet is where the nearest one above it is."""
    settings = app.settings
    folders = {"data": settings.data_folder, "blobs": settings.blob_folder, "staged files": settings.staging_folder}
    types = _types(Path("/proc/mounts"))
    shown, is_low, is_remote = [], False, False
    for name, folder in {each: nearest(path) for each, path in folders.items() if path is not None}.items():
        disk, inodes = shutil.disk_usage(folder), os.statvfs(folder)
        mount = next(each for each in (folder.resolve(), *folder.resolve().parents) if each.is_mount())
        type = types.get(str(mount), "unknown")
        shown.append(f"{name}: {disk.free / 1e9:.1f} of {disk.total / 1e9:.1f} GB free, {type}")
        is_low |= disk.free <= LOW_DISK_SPACE or (inodes.f_files > 0 and inodes.f_favail < 1000)
        is_remote |= name == "data" and type in OVER_THE_NETWORK
    if is_remote and not settings.database.url:
        shown.append("SQLite needs a local disk: others lock files in their own way")
    return Finding("disk space", "warning" if is_low or is_remote else "ok", "; ".join(dict.fromkeys(shown)))


def _types(mounts: Path) -> Mapping[str, str]:
    try:
        rows = [line.split(" ") for line in mounts.read_text().splitlines()]
    except OSError:
        return {}
    return {row[1].replace("\\040", " "): row[2] for row in rows if len(row) > 2}


def nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists, as far as this user can see."""
    return next(each for each in (folder, *folder.parents) if os.access(each, os.F_OK))


def clock() -> Finding:
    """Whether the kernel says that something keeps its clock right."""
    timex = (ctypes.c_long * (SIZE_OF_TIMEX // ctypes.sizeof(ctypes.c_long)))()
    if ctypes.CDLL(None).adjtimex(ctypes.byref(timex)) < 0:
        return Finding("clock", "ok", "whether it is kept right cannot be asked here")
    if timex[STATUS_IN_TIMEX] & CLOCK_IS_NOT_SET:
        return Finding("clock", "warning", "the kernel knows of nothing that keeps it right, such as NTP")
    return Finding("clock", "ok", "kept right")
