"""The fork server as the server sees it: a process that is asked for workers."""

import json
import subprocess
import sys
from contextlib import suppress
from typing import Final

from adapters.codec.pool.start_request import StartWorker, WorkerNotStarted, WorkerStarted
from adapters.codec.pool.worker_process import WorkerProcess
from adapters.codec.shared import packets
from adapters.codec.shared.limits import Confinement
from adapters.codec.shared.packets import Malformed, PacketDecoder

FORK_SERVER: Final = "adapters.codec.pool.fork_server"
"""The module whose ``main`` the process runs. The server never imports it."""

_PROGRAM = (
    "import importlib, json, sys; name, control, path = sys.argv[1:]; sys.path[:] = json.loads(path); "
    "importlib.import_module(name).main(int(control))"
)
_LONGEST_FIRST_START = 60.0  # seconds; the first worker comes when all codecs are imported
_LONGEST_START = 10.0  # seconds; a fork takes some milliseconds
_LONGEST_END = 5.0  # seconds that the kernel may take to end a killed process

_answers = PacketDecoder[WorkerStarted | WorkerNotStarted](WorkerStarted | WorkerNotStarted)


class CannotStart(Exception):
    """No worker could be started; the text says why."""


class ForkServerBroken(CannotStart):
    """The fork server does not work any more."""


class ForkServerProcess:
    """Not thread-safe. Each method may block until a process has started or ended.

    The process inherits no file but its socket, and no environment: secrets are in that of the server.
    """

    def __init__(self, module: str = FORK_SERVER) -> None:
        self._control, control = packets.socket_pair()
        self._control.settimeout(_LONGEST_FIRST_START)
        with control:
            self._process = subprocess.Popen(  # noqa: S603  this Python and a program of our own
                [sys.executable, "-I", "-c", _PROGRAM, module, str(control.fileno()), json.dumps(sys.path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={},
                pass_fds=[control.fileno()],
                start_new_session=True,  # no key that is pressed in the server's terminal reaches it
            )

    def start_worker(self, confinement: Confinement) -> WorkerProcess:
        """
        Raises:
            CannotStart: it says why. ``ForkServerBroken``: it does not answer.
        """
        link, workers_end = packets.socket_pair()
        try:
            with workers_end:
                process, descriptor = self._started(StartWorker(confinement), workers_end.fileno())
        except BaseException:
            link.close()
            raise
        return WorkerProcess(link, process, descriptor)

    def _started(self, request: StartWorker, socket: int) -> tuple[int, int]:
        try:
            packets.send(self._control, request, [socket])
            packet, files = packets.receive(self._control, 1)
            answer = _answers.decode(packet)
        except (OSError, Malformed) as error:
            raise ForkServerBroken(f"{type(error).__name__}: {error}") from None
        self._control.settimeout(_LONGEST_START)
        if isinstance(answer, WorkerNotStarted):
            raise CannotStart(answer.reason)
        if not files:  # the kernel drops what this process has no room for
            raise CannotStart("too many open files")
        return answer.process, files[0]

    def kill(self) -> None:
        """End the process at once, and with it every worker. ``start_worker`` in another thread then raises. Idempotent."""
        self._process.kill()

    def stop(self) -> None:
        """The same, and wait until it has ended. Idempotent."""
        self.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LONGEST_END)
        self._control.close()
