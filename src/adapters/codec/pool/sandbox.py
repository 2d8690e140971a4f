"""The sandbox: what a worker gives up before it gets an image."""

import contextlib
import ctypes
import errno
import os
import resource
import signal
import socket
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from adapters.codec.shared.limits import Confinement, SandboxMode

# Both need the kernel or a system library, and must be imported before the file system is closed.
try:
    import landlock  # type: ignore[import-untyped]  # it ships no types
except Exception:  # noqa: BLE001  whatever prevents the import, the layer is missing
    landlock = None
try:
    import pyseccomp  # type: ignore[import-untyped]  # it ships no types
except Exception:  # noqa: BLE001  it raises RuntimeError where the system library is missing
    pyseccomp = None


def confine(confinement: Confinement, parent: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Restrict this process, whose parent has the id ``parent``, for good. Returns the layers that hold, and the others.

    Everything that the process will ever import must have been imported before.
    """
    layers: dict[str, Callable[[], None]] = {"limits": partial(_limit, confinement.memory)}
    if confinement.mode is not SandboxMode.OFF:
        layers |= {
            "user": _leave_user,
            "threads": _limit_threads,
        }
    # After the user was changed, which undoes it.
    layers["parent-death"] = partial(_die_with_parent, parent)
    if confinement.mode is not SandboxMode.OFF:
        layers |= {
            "no-new-privileges": _renounce_privileges,
            "landlock": _close_file_system,
            "seccomp": _close_system_calls,
        }
    held = tuple(name for name, take in layers.items() if _holds(take))
    return held, tuple(name for name in layers if name not in held)


_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_PTRACER = 0x59616D61
_CLONE_NEWUSER = 0x10000000
_CAPABILITY_VERSION_3 = 0x20080522
_NOBODY = 65534
_MOST_THREADS = 16
"""Threads of one worker. Six were observed with every codec in use; other versions of the libraries may need more."""


class _Leaks(Exception):
    """What was just forbidden is still possible."""


def _holds(take: Callable[[], None]) -> bool:
    try:
        take()
    except Exception:  # noqa: BLE001  whatever the kernel, the container or a library lacks, the layer is reported as missing
        return False
    return True


def _limit(memory: int) -> None:
    """Processor time has no limit: it would add up over all images of a worker. The deadline bounds each image."""
    bounds = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: memory,  # every file is written from memory
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,  # a core dump would contain an image
    }
    for kind, bound in bounds.items():
        _, highest = resource.getrlimit(kind)
        lowered = bound if highest == resource.RLIM_INFINITY else min(bound, highest)
        resource.setrlimit(kind, (lowered, lowered))
    # If the machine runs out of memory, the kernel must kill a worker, not the server.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _die_with_parent(parent: int) -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the call above
        os._exit(1)


def _leave_user() -> None:
    """Image workers never run as root, even if the service does."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def _limit_threads() -> None:
    """In a user namespace of its own, the limit counts only the threads of this process.

    A new namespace brings rights that hold within it; they are given up.
    """
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER):
        number = ctypes.get_errno()
        ctypes.set_errno(0)  # or landlock, which asks only for this number, would take its own calls for failed
        raise OSError(number, "unshare")
    resource.setrlimit(resource.RLIMIT_NPROC, (_MOST_THREADS, _MOST_THREADS))
    header, nothing = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), bytes(24)
    if ctypes.CDLL(None, use_errno=True).capset(header, nothing):
        raise OSError(ctypes.get_errno(), "capset")


def _renounce_privileges() -> None:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _close_file_system() -> None:
    """No path can be opened, created, removed or listed. Files that are open, or received, can be used."""
    ctypes.set_errno(0)
    nothing = landlock.Ruleset()
    nothing.apply()
    os.close(nothing._fd)  # noqa: SLF001  the library leaves it open
    with contextlib.suppress(PermissionError):
        list(Path("/").iterdir())
        raise _Leaks


_FORBIDDEN = """
    socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg
    execve execveat fork vfork ptrace process_vm_readv process_vm_writev kcmp
    tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_getfd pidfd_send_signal
    truncate chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat
    setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr name_to_handle_at open_by_handle_at
    mount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick pivot_root chroot
    unshare setns setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset setrlimit
    bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register keyctl add_key request_key
    shmget msgget semget mq_open init_module finit_module delete_module kexec_load kexec_file_load
    reboot swapon swapoff acct quotactl syslog sethostname setdomainname settimeofday clock_settime clock_adjtime
    adjtimex iopl ioperm modify_ldt personality setpriority sched_setaffinity sched_setscheduler sched_setattr ioprio_set
    vhangup memfd_create memfd_secret fallocate flock
    inotify_init inotify_init1 inotify_add_watch fanotify_init fanotify_mark
"""
_FORBIDDEN_NUMBERS = (463, 466, 467, 469)
"""setxattrat, removexattrat, open_tree_attr, file_setattr: newer than libseccomp's names, the same on all machines."""

# Their flags are in memory, where a filter cannot read them. If these calls do not exist, libraries use older ones.
_FORBIDDEN_AS_IF_UNKNOWN = "clone3 openat2"
_CLONE_THREAD = 0x00010000
_O_TMPFILE = 0x00400000
_O_ASYNC = 0x00002000
_F_SETFL = 4
_FORBIDDEN_FCNTL = {"F_SETOWN": 8, "F_SETSIG": 10, "F_SETOWN_EX": 15, "F_SETLEASE": 1024, "F_NOTIFY": 1026}
"""They have the kernel send signals to other processes, or make others wait for this one."""
_FORBIDDEN_IOCTL = {
    "FIOASYNC": 0x5452,
    "FIOSETOWN": 0x8901,
    "SIOCSPGRP": 0x8902,
    "TIOCSTI": 0x5412,
    "FS_IOC_SETFLAGS": 0x40086602,
    "FS_IOC_FSSETXATTR": 0x401C5820,
}
"""The same; put input into the terminal that the server was started from; and change the attributes of a received file."""
_FORBIDDEN_PRCTL = (_PR_SET_PDEATHSIG, _PR_SET_PTRACER)
_WHOLE = 0xFFFFFFFF  # the lower half of an argument; the kernel ignores the upper half of these


def _close_system_calls() -> None:
    """By a list of denied calls. A list of allowed ones would break with every release of the C library.

    Denied calls fail instead of killing the process, because libraries try some of them and go on without.
    """
    calls, argument = pyseccomp.SyscallFilter(pyseccomp.ALLOW), pyseccomp.Arg
    denied = pyseccomp.ERRNO(errno.EPERM)
    mine = os.getpid()

    def deny(name: str, *when: Any, action: int = denied) -> None:
        number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
        if number != -1:  # unknown to this version of libseccomp, and so to kernels of its age
            calls.add_rule(action, number, *when)

    for name in _FORBIDDEN.split():
        deny(name)
    for number in _FORBIDDEN_NUMBERS:
        calls.add_rule(denied, number)
    for name in _FORBIDDEN_AS_IF_UNKNOWN.split():
        deny(name, action=pyseccomp.ERRNO(errno.ENOSYS))
    deny("clone", argument(0, pyseccomp.MASKED_EQ, _CLONE_THREAD, 0))
    for name in ("kill", "tgkill"):  # abort() sends itself a signal
        deny(name, argument(0, pyseccomp.NE, mine))
    deny("prlimit64", argument(0, pyseccomp.NE, 0))
    deny("prlimit64", argument(2, pyseccomp.NE, 0))  # a process may read its own limits, and not set any
    deny("open", argument(1, pyseccomp.MASKED_EQ, _O_TMPFILE, _O_TMPFILE))
    deny("openat", argument(2, pyseccomp.MASKED_EQ, _O_TMPFILE, _O_TMPFILE))
    for command in _FORBIDDEN_FCNTL.values():
        deny("fcntl", argument(1, pyseccomp.MASKED_EQ, _WHOLE, command))
    # Both conditions are about different arguments, so both must hold.
    deny(
        "fcntl",
        argument(1, pyseccomp.MASKED_EQ, _WHOLE, _F_SETFL),
        argument(2, pyseccomp.MASKED_EQ, _O_ASYNC, _O_ASYNC),
    )
    for command in _FORBIDDEN_IOCTL.values():
        deny("ioctl", argument(1, pyseccomp.MASKED_EQ, _WHOLE, command))
    for option in _FORBIDDEN_PRCTL:
        deny("prctl", argument(0, pyseccomp.MASKED_EQ, _WHOLE, option))
    calls.load()
    with contextlib.suppress(PermissionError):
        socket.socket().close()
        raise _Leaks
