"""An image worker: a process that is given requests and files by its socket, and answers with plain data.

It is forked from the fork server, so everything that it uses was imported before.
"""

import errno
import os
import select
import socket
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NoReturn, Union

from msgspec import Struct

from adapters.codec.encoders.choose_jpeg import jpeg_encoder
from adapters.codec.pool import sandbox
from adapters.codec.shared import packets, worker_memory
from adapters.codec.shared.duration import TakesLong
from adapters.codec.shared.limits import Confinement, SandboxMode
from adapters.codec.shared.messages import (
    Cause,
    Compress,
    Derive,
    Describe,
    Description,
    NotAccepted,
    TaskFailed,
    TooLarge,
    TooLong,
)
from adapters.codec.shared.packets import PacketDecoder
from adapters.codec.shared.staged_files import StagingFailed
from adapters.codec.shared.worker_exit import EXHAUSTED
from adapters.codec.tasks.compress import compress
from adapters.codec.tasks.derive import derive
from domain.errors import FormatNotAccepted, ImageTooLarge, UndecodableImage

_LONGEST_REASON = 300  # characters
_IDLE = 1.0  # seconds without a request
_CODECS = (
    "pillow",
    "pi-heif",
    "pyjpegli",
    "mozjpeg-lossless-optimization",
    "oxipng-pybind",
    "pyvips-binary",
    "numpy",
    "imagecodecs",
)

Task = Callable[[Any, Sequence[int], Callable[[Struct], None]], Struct]
"""Takes a request, the attached files, and a function that sends an early answer; returns the last answer."""


def _compress(request: Compress, files: Sequence[int], answer: Callable[[Struct], None]) -> Struct:
    upload, stripped, smaller = files
    return compress(request.rules, (upload, stripped, smaller), answer, may_take_long=request.may_take_long)


def _derive(request: Derive, files: Sequence[int], _: Callable[[Struct], None]) -> Struct:
    return derive(request.specs, files, may_take_long=request.may_take_long)


TASKS: Mapping[type[Struct], Task] = {Compress: _compress, Derive: _derive}


@dataclass(frozen=True, slots=True)
class Worker:
    """A confined process. ``tasks`` says what is done for each type of request."""

    link: socket.socket
    tasks: Mapping[type[Struct], Task]
    description: Description
    is_fit: bool

    @classmethod
    def confined(
        cls, link: socket.socket, parent: int, confinement: Confinement, tasks: Mapping[type[Struct], Task]
    ) -> "Worker":
        """Confine this process, which has just been forked, and make it a worker.

        A missing layer of the sandbox is reported, not raised: the server must learn what is missing.
        """
        warnings.simplefilter("ignore")
        worker_memory.watch()
        versions = _versions()
        held, missing = sandbox.confine(confinement, parent)
        is_fit = confinement.mode is not SandboxMode.REQUIRE or not missing
        return cls(link, tasks, Description(held, missing, versions, jpeg_encoder().name), is_fit)

    def serve(self) -> NoReturn:
        """Answer one request after the other until the server closes the connection."""
        decoder: PacketDecoder[Any] = PacketDecoder(Union[Describe, *self.tasks])
        while True:
            self._wait()
            packet, files = packets.receive(self.link, packets.MOST_FILES)
            if not packet:
                os._exit(0)
            try:
                packets.send(self.link, self._answer(decoder.decode(packet), files))
            finally:
                for each in files:
                    os.close(each)

    def _wait(self) -> None:
        """Wait for a request. If none comes soon, freed memory is returned to the system meanwhile."""
        if not select.select([self.link], [], [], _IDLE)[0]:
            worker_memory.give_back()

    def _answer(self, request: Struct, files: Sequence[int]) -> Struct:
        if isinstance(request, Describe):
            return self.description
        if not self.is_fit:
            return TaskFailed(Cause.SANDBOX, f"this machine lacks {', '.join(self.description.missing)}")
        return _outcome(lambda: self.tasks[type(request)](request, files, self._answer_early))

    def _answer_early(self, answer: Struct) -> None:
        packets.send(self.link, answer)


def _outcome(task: Callable[[], Struct]) -> Struct:
    """The answer of the task, or why there is none. Only a lack of memory ends the process."""
    try:
        return task()
    except FormatNotAccepted as error:
        return NotAccepted(error.format)
    except ImageTooLarge as error:
        return TooLarge(error.measure, error.actual, error.limit)
    except TakesLong:
        return TooLong()
    except MemoryError:
        os._exit(EXHAUSTED)
    except StagingFailed as error:
        return TaskFailed(Cause.STAGING, str(error), error.number)
    except BaseException as error:  # noqa: BLE001  decoders raise anything, and each is the image's fault
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            os._exit(EXHAUSTED)
        reason = error.reason if isinstance(error, UndecodableImage) else f"{type(error).__name__}: {error}"
        return TaskFailed(Cause.IMAGE, reason[:_LONGEST_REASON])


def _versions() -> tuple[tuple[str, str], ...]:
    found = []
    for name in _CODECS:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return tuple(found)
