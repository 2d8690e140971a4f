"""Ending this process: at once when its parent dies, and soon when it is told to."""

import asyncio
import ctypes
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent dies for any reason. Does nothing on systems other than Linux.

    A server process that outlived a killed supervisor would keep the port, and write to the database at the same time as
    its successor.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


@contextmanager
def when_told_to_end(act: Callable[[], None]) -> Iterator[None]:
    """Call ``act`` on the running loop as soon as this process is told to end, before open requests are waited for.

    The ASGI server closes the application only when no request is open. Its own handlers, which it added to the loop, are
    called as before: the loop learns of a signal from a file descriptor, and sets handlers here that do nothing.
    """
    if threading.current_thread() is not threading.main_thread():  # only there can handlers be set
        yield
        return
    loop = asyncio.get_running_loop()

    def told(_: int, __: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)

    before = {each: signal.signal(each, told) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
