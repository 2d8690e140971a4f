"""A worker as the server sees it: a process that answers one request at a time."""

import asyncio
import os
import select
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final, NamedTuple

from msgspec import Struct

from adapters.codec.shared import packets
from adapters.codec.shared.messages import Ended, Examined, Reply
from adapters.codec.shared.packets import Malformed, PacketDecoder


class End(NamedTuple):
    """Why a worker gave no last answer: its exit status (a signal, if negative), or one of the constants below."""

    status: int | str


TIMED_OUT: Final = End("timed out")
MALFORMED: Final = End("malformed answer")
GONE: Final = End("gone")  # with the fork server
STOPPED: Final = End("stopped")  # by somebody outside, so that it could not work

_STOPPED_STATES: Final = frozenset("Tt")  # by a signal, or by a debugger
_LONGEST_LAG: Final = 1.0  # seconds; an event loop that is later was probably stopped itself, and the workers with it


@dataclass(slots=True)
class Answer:
    """The result of a request. ``examined``: the early answer, if any, which came ``examined_at``, by ``perf_counter``.
    Without a ``last`` answer, ``end`` says why.
    """

    examined: Examined | None = None
    examined_at: float | None = None
    last: Reply | None = None
    end: End | None = None


class WorkerProcess:
    """Belongs to one event loop. After the ``end`` of an answer, or a cancelled request, only ``discard`` may be called."""

    def __init__(self, link: socket.socket, process: int, descriptor: int) -> None:
        link.setblocking(False)
        self._link = link
        self._descriptor = descriptor
        self.process: Final = process
        self.requests = 0
        self.is_idle = True

    def is_alive(self) -> bool:
        """Whether it waits for a request. One that sent something unasked, or that ended, does not."""
        ended_or_sent = select.poll()
        ended_or_sent.register(self._descriptor, select.POLLIN)
        ended_or_sent.register(self._link, select.POLLIN)
        return not ended_or_sent.poll(0)

    async def ask(
        self, request: Struct, files: Sequence[int], until: float, answers: PacketDecoder[Reply | Ended]
    ) -> Answer:
        """The worker's answer to ``request``, before ``until``, a time of the event loop's clock.

        Raises:
            OSError: the request could not be sent.
        """
        self.is_idle, answer = False, Answer()
        self.requests += 1
        with suppress(BrokenPipeError, ConnectionResetError):  # it has ended; the next packet says why
            packets.send(self._link, request, files)
        try:
            async with asyncio.timeout_at(until):
                await self._receive(answer, answers)
        except TimeoutError:
            answer.end = STOPPED if self._was_stopped(until) else TIMED_OUT
        except Malformed:
            answer.end = MALFORMED
        self.is_idle = answer.end is None
        return answer

    def kill(self) -> None:
        """End the process at once, whatever it does. A request under way is then answered with the ``end``. Idempotent."""
        if self._descriptor >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def discard(self) -> None:
        """Kill it and close its files. No request may be under way. Idempotent."""
        self.kill()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._link.close()

    def _was_stopped(self, until: float) -> bool:
        """Whether it did not answer before ``until``, which is just over, since something outside did not let it."""
        if asyncio.get_running_loop().time() - until > _LONGEST_LAG:
            return True
        ended = select.poll()
        ended.register(self._descriptor, select.POLLIN)
        if ended.poll(0):  # and the fork server, which must tell, was stopped
            return True
        try:
            status = Path(f"/proc/{self.process}/stat").read_text("ascii", "replace")
        except OSError:  # the system does not show processes
            return False
        return status.rpartition(")")[2].split()[0] in _STOPPED_STATES

    async def _receive(self, answer: Answer, answers: PacketDecoder[Reply | Ended]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                packet = await loop.sock_recv(self._link, packets.LARGEST_PACKET)
            except ConnectionResetError:  # it ended without having read the request; what was sent before still arrives
                continue
            if not packet:
                answer.end = GONE
                return
            match answers.decode(packet):
                case Ended(status):
                    answer.end = End(status)
                    return
                case Examined() as examined if answer.examined is None:
                    answer.examined, answer.examined_at = examined, perf_counter()
                case Examined():
                    raise Malformed("examined twice")
                case last:
                    answer.last = last
                    return
