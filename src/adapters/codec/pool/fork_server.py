"""The fork server: a small process that has imported all codecs, and from which image workers are forked.

``main`` is run in a process of its own, which the server starts. It never has an image, and it ends with the server.
"""

import errno
import gc
import os
import select
import signal
import socket
from collections.abc import Mapping, Sequence
from typing import NoReturn

# Read when numpy and the encoders are loaded. Threads would reserve address space, which counts towards a worker's bound
# on memory; and they would not exist in the workers, which are forked from here.
os.environ.update(OPENBLAS_NUM_THREADS="1", RAYON_NUM_THREADS="1", VIPS_CONCURRENCY="1")

from msgspec import Struct

from adapters.codec.encoders import choose_jpeg
from adapters.codec.pool.start_request import StartWorker, WorkerNotStarted, WorkerStarted
from adapters.codec.pool.worker import TASKS, Task, Worker
from adapters.codec.shared import packets, worker_memory
from adapters.codec.shared.limits import Confinement
from adapters.codec.shared.messages import Ended
from adapters.codec.shared.packets import PacketDecoder
from adapters.codec.shared.worker_exit import NOT_SET_UP

_LINK = 3  # the descriptor of a worker's socket
_FAILED = 70  # the exit status of a worker that could not answer


def main(control: int, tasks: Mapping[type[Struct], Task] = TASKS) -> None:
    """Start a worker for each request from the socket ``control``, until the server closes it."""
    choose_jpeg.jpeg_encoder()  # tried once for all workers
    worker_memory.keep_freed()
    gc.collect()
    gc.freeze()  # or the garbage collector of each worker would copy all pages
    ForkServer(socket.socket(fileno=control), tasks).serve()


class ForkServer:
    """Forks workers, and sends ``Ended`` in the name of each that ends.

    It holds a copy of each worker's socket for that. If it is killed, its workers are, and the server sees all sockets
    closed.
    """

    def __init__(self, control: socket.socket, tasks: Mapping[type[Struct], Task]) -> None:
        self._control = control
        self._tasks = tasks
        self._links: dict[int, tuple[int, socket.socket]] = {}  # process id and socket, by the process's descriptor
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)

    def serve(self) -> None:
        decoder = PacketDecoder[StartWorker](StartWorker)
        while True:
            for ready, _ in self._poll.poll():
                if ready in self._links:
                    self._bury(ready)
                    continue
                packet, files = packets.receive(self._control, 1)
                if not packet:
                    return
                try:
                    process, descriptor = self._start(decoder.decode(packet).confinement, files)
                except OSError as error:  # too many processes or open files
                    packets.send(self._control, WorkerNotStarted(f"{type(error).__name__}: {error.strerror}"))
                else:
                    packets.send(self._control, WorkerStarted(process), [descriptor])

    def _start(self, confinement: Confinement, files: Sequence[int]) -> tuple[int, int]:
        """The new worker's process id and descriptor."""
        if not files:  # the kernel drops what it has no room for
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        link, parent = socket.socket(fileno=files[0]), os.getpid()
        try:
            process = os.fork()
            if not process:
                _become_worker(link, parent, confinement, self._tasks)
            descriptor = _descriptor_of(process)
        except OSError:
            link.close()
            raise
        self._links[descriptor] = process, link
        self._poll.register(descriptor, select.POLLIN)
        return process, descriptor

    def _bury(self, descriptor: int) -> None:
        process, link = self._links.pop(descriptor)
        self._poll.unregister(descriptor)
        os.close(descriptor)
        _, status = os.waitpid(process, 0)
        with link:
            link.setblocking(False)
            try:
                packets.send(link, Ended(os.waitstatus_to_exitcode(status)))
            except OSError:
                return  # the server has closed it, or the worker has filled it; closing says the rest


def _descriptor_of(process: int) -> int:
    """The descriptor of a child, which is killed if it can have none."""
    try:
        return os.pidfd_open(process)
    except OSError:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        raise


def _become_worker(
    link: socket.socket, parent: int, confinement: Confinement, tasks: Mapping[type[Struct], Task]
) -> NoReturn:
    status = NOT_SET_UP
    try:
        os.dup2(link.detach(), _LINK)
        nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        for standard in (0, 1, 2):  # a worker must not write into the server's log
            os.dup2(nowhere, standard)
        os.closerange(_LINK + 1, os.sysconf("SC_OPEN_MAX"))
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        worker = Worker.confined(socket.socket(fileno=_LINK), parent, confinement, tasks)
        status = _FAILED
        worker.serve()
    finally:
        os._exit(status)
