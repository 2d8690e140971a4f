# ruff: noqa: PLC0415  imports inside functions, for the reason in the docstring
"""The entry points of a worker process: how it is set up, and its tasks, whose outcomes are turned into plain data.

The server imports this module for the names of the tasks. Modules that decode are imported inside the functions that
only workers run, so that neither Pillow nor numpy nor an encoder is ever loaded into the server.
"""

import errno
import os
import signal
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import forkserver
from typing import Any, TypeVar

from adapters.codec.shared import worker_memory
from adapters.codec.shared.limits import Confinement, SandboxMode
from adapters.codec.shared.results import Cause, Examined, HeaderRefused, Made, TaskFailed, WorkerReport
from adapters.codec.shared.staged_files import StagingFailed, mapped, opened
from domain.errors import FormatNotAccepted, ImageTooLarge, UndecodableImage
from domain.model.images.variant import VariantSpec
from domain.model.pixels.compression import LossyAttempt
from domain.model.pixels.media import ImageFacts
from domain.ports.codec import DerivedImage
from domain.ports.staging import StagedPath

EXHAUSTED = 77
"""The exit status of a worker that ran out of memory.

It ends, so that the next image gets a heap that is not fragmented, and is judged by its own use of memory: the system
tells only the peak of a process.
"""

_LONGEST_REASON = 300  # characters
_CODECS = ("pillow", "pyjpegli", "mozjpeg-lossless-optimization", "oxipng-pybind", "pyvips-binary", "numpy")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _Worker:
    report: WorkerReport
    fit: bool


_this: _Worker | None = None


def start(confinement: Confinement) -> None:
    """Make this process a worker.

    A missing layer of the sandbox is reported, not raised: a pool whose workers fail to start cannot recover.
    """
    global _this  # noqa: PLW0603  a process is one worker
    # This end of a pipe is held by the server and inherited by each worker. Without the workers' copies the pipe closes
    # when the server is killed. Then the fork server ends, and the kernel kills its children, however busy they are.
    inherited: Any = vars(forkserver)["_forkserver"]  # there is no public name for it
    alive = vars(inherited)["_forkserver_alive_fd"]
    if alive is not None:
        os.close(alive)
        vars(inherited)["_forkserver_alive_fd"] = None
    # pebble's handler is Python code, which would run only after native code returns.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Each thread reserves address space, which counts towards the bound on memory.
    os.environ["RAYON_NUM_THREADS"] = "1"
    warnings.simplefilter("ignore")

    from adapters.codec.encoders.choose_jpeg import jpeg_encoder
    from adapters.codec.pool import sandbox
    from adapters.codec.tasks import derive, examine, optimise, reduce_palette  # noqa: F401  imported before the sandbox closes the file system

    versions = tuple((name, version(name)) for name in _CODECS if _is_installed(name))
    encoder = jpeg_encoder().name  # tried in a process of its own, which the sandbox forbids
    worker_memory.watch()
    held, missing = sandbox.confine(confinement)
    fit = confinement.mode is not SandboxMode.REQUIRE or not missing
    _this = _Worker(WorkerReport(held, missing, versions, encoder), fit)


def _is_installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def report() -> WorkerReport:
    """How this worker is set up: a task that every worker accepts."""
    assert _this is not None, "only a started worker is given tasks"
    return _this.report


def inspect(source: StagedPath) -> ImageFacts | HeaderRefused:
    """The facts in the header. Read in a worker because walking through a file brings all of it into memory."""
    from adapters.codec.format_table.headers import read_facts

    try:
        with opened(source) as file, mapped(file) as data:
            return read_facts(data)
    except (FormatNotAccepted, ImageTooLarge) as error:
        return HeaderRefused(type(error), {each.name: getattr(error, each.name) for each in fields(error)})


def examine(
    source: StagedPath, facts: ImageFacts, target: StagedPath, lossy: StagedPath, attempt: LossyAttempt | None
) -> Examined:
    from adapters.codec.tasks.examine import examine

    return examine(source, facts, target, lossy, attempt)


def optimise(source: StagedPath, facts: ImageFacts, target: StagedPath) -> Made | None:
    from adapters.codec.tasks.optimise import optimise

    return optimise(source, facts, target)


def reduce_palette(source: StagedPath, facts: ImageFacts, attempt: LossyAttempt, target: StagedPath) -> Made | None:
    from adapters.codec.tasks.reduce_palette import reduce_palette

    return reduce_palette(source, facts, attempt, target)


def derive(source: StagedPath, targets: Sequence[tuple[VariantSpec, StagedPath]]) -> tuple[DerivedImage, ...]:
    from adapters.codec.tasks.derive import derive

    return derive(source, targets)


def perform(task: Callable[..., _Result], arguments: tuple[object, ...]) -> _Result | TaskFailed:
    """Do one task, and return its result or why it failed. Only a lack of memory ends the process."""
    assert _this is not None, "only a started worker is given tasks"
    if not _this.fit and task is not report:
        return TaskFailed(Cause.SANDBOX, f"this machine lacks {', '.join(_this.report.missing)}")
    try:
        return task(*arguments)
    except MemoryError:
        os._exit(EXHAUSTED)
    except StagingFailed as error:
        return TaskFailed(Cause.STAGING, str(error), error.number)
    except BaseException as error:  # noqa: BLE001  decoders raise anything, and none of it must be taken for an error of pebble
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            os._exit(EXHAUSTED)
        reason = error.reason if isinstance(error, UndecodableImage) else f"{type(error).__name__}: {error}"
        return TaskFailed(Cause.IMAGE, reason[:_LONGEST_REASON])
