"""The sandbox: what a worker gives up before it gets an image."""

import contextlib
import ctypes
import errno
import os
import resource
import signal
import socket
from collections.abc import Callable
from functools import partial
from multiprocessing import parent_process
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


def confine(confinement: Confinement) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Restrict this process for good to what ``confinement`` allows. Returns the layers that hold and those that do not.

    Everything that the process will ever import must have been imported before.
    """
    layers: dict[str, Callable[[], None]] = {
        "limits": partial(_limit, confinement.memory),
        "parent-death": _die_with_parent,
    }
    if confinement.mode is not SandboxMode.OFF:
        layers |= {
            "no-new-privileges": _renounce_privileges,
            "landlock": partial(_close_file_system, confinement.readable, confinement.writable),
            "seccomp": _close_system_calls,
        }
    held = tuple(name for name, take in layers.items() if _holds(take))
    return held, tuple(name for name in layers if name not in held)


_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


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


def _die_with_parent() -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    server = parent_process()
    if server is not None and not server.is_alive():  # it ended before the call above
        os._exit(1)


def _renounce_privileges() -> None:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _close_file_system(readable: tuple[str, ...], writable: tuple[str, ...]) -> None:
    """Only existing files can be opened: none can be created, removed or listed, not even in these folders."""
    access = landlock.FSAccess
    rules = landlock.Ruleset()
    rules.allow(*readable, rules=access.READ_FILE)
    rules.allow(*writable, rules=(access.READ_FILE | access.WRITE_FILE | access.TRUNCATE) & access.all())
    rules.apply()
    with contextlib.suppress(PermissionError):
        list(Path("/").iterdir())
        raise _Leaks


_FORBIDDEN = """
    socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg
    execve execveat fork vfork ptrace process_vm_readv process_vm_writev kcmp
    tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_getfd pidfd_send_signal
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat
    setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr name_to_handle_at open_by_handle_at
    mount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick pivot_root chroot
    unshare setns setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset setrlimit
    bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register keyctl add_key request_key
    shmget msgget semget mq_open init_module finit_module delete_module kexec_load kexec_file_load
    reboot swapon swapoff acct quotactl syslog sethostname setdomainname settimeofday clock_settime clock_adjtime
    adjtimex iopl ioperm modify_ldt personality setpriority sched_setaffinity sched_setscheduler vhangup
"""
_CLONE_THREAD = 0x00010000
_TIOCSTI = 0x5412  # would insert input into the terminal that the server was started from


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
    deny("clone", argument(0, pyseccomp.MASKED_EQ, _CLONE_THREAD, 0))
    # Its flags are in memory, where a filter cannot read them. If the call does not exist, libraries use clone.
    deny("clone3", action=pyseccomp.ERRNO(errno.ENOSYS))
    for name in ("kill", "tgkill"):  # abort() sends itself a signal
        deny(name, argument(0, pyseccomp.NE, mine))
    deny("prlimit64", argument(0, pyseccomp.NE, 0))
    deny("prlimit64", argument(2, pyseccomp.NE, 0))  # a process may read its own limits, and not set any
    deny("ioctl", argument(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, _TIOCSTI))
    calls.load()
    with contextlib.suppress(PermissionError):
        socket.socket().close()
        raise _Leaks
