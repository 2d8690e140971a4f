"""Ending this process when its parent dies."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent dies for any reason. Does nothing on systems other than Linux.

    A server process that outlived a killed supervisor would keep the port, and write to the database at the same time as
    its successor.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
