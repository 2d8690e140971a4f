"""The fork server as the server sees it: a process that is asked for workers."""

import json
import subprocess
import sys
from contextlib import suppress
from typing import Final

from adapters.codec.pool.start_request import StartWorker, WorkerStarted
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
_LONGEST_START = 60.0  # seconds; the first worker comes when all codecs are imported
_LONGEST_END = 5.0  # seconds

_started = PacketDecoder[WorkerStarted](WorkerStarted)


class CannotStart(Exception):
    """No worker could be started; the text says why."""


class ForkServerProcess:
    """Not thread-safe. Each method may block until a process has started or ended.

    The process inherits no file but its socket, and no environment: secrets are in that of the server.
    """

    def __init__(self, module: str = FORK_SERVER) -> None:
        self._control, control = packets.socket_pair()
        self._control.settimeout(_LONGEST_START)
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
            CannotStart: the fork server does not work any more.
        """
        link, workers_end = packets.socket_pair()
        try:
            with workers_end:
                packets.send(self._control, StartWorker(confinement), [workers_end.fileno()])
            packet, files = packets.receive(self._control, 1)
            return WorkerProcess(link, _started.decode(packet).process, files[0])
        except (OSError, Malformed, IndexError) as error:
            link.close()
            raise CannotStart(f"{type(error).__name__}: {error}") from None

    def stop(self) -> None:
        """End the process, and with it every worker. Idempotent."""
        self._control.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LONGEST_END)
            return
        self._process.kill()
        self._process.wait()
