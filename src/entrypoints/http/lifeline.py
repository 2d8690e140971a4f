"""Ending together with the process that started this one."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies, however suddenly; elsewhere than on Linux, do nothing.

    A server process that outlives a killed supervisor would keep the port, and write to a database that its
    successor writes to.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
