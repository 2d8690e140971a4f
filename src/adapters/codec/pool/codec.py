"""The image codec: a line of images, and confined workers that decode them."""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from signal import SIGKILL, SIGTERM
from typing import Final, TypeVar

from msgspec import Struct

from adapters.codec.pool import task_files
from adapters.codec.pool.estimate import estimated_seconds
from adapters.codec.pool.fork_server_process import FORK_SERVER, CannotStart
from adapters.codec.pool.task_files import TaskFiles
from adapters.codec.pool.waiting_line import WaitingLine
from adapters.codec.pool.worker_process import GONE, MALFORMED, TIMED_OUT, Answer, End
from adapters.codec.pool.workers import Workers
from adapters.codec.shared.limits import Confinement, PoolLimits
from adapters.codec.shared.messages import (
    Cause,
    Compress,
    Derive,
    Derived,
    Describe,
    Description,
    Ended,
    Examined,
    Improved,
    NotAccepted,
    Refusal,
    Reply,
    Smaller,
    TaskFailed,
    TooLarge,
)
from adapters.codec.shared.packets import PacketDecoder
from adapters.codec.shared.staged_files import StagingFailed
from adapters.codec.shared.worker_exit import EXHAUSTED
from adapters.shared.threads import Threads
from domain.errors import (
    CalotypeError,
    CodecBroken,
    CodecBusy,
    CodecTimedOut,
    FormatNotAccepted,
    ImageTooExpensive,
    ImageTooLarge,
    StorageFull,
    UndecodableImage,
)
from domain.model.access.user import UserId
from domain.model.images.variant import VariantSpec
from domain.model.pixels.compression import METRIC, CompressionPlan, Receipt
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ACCEPTED
from domain.model.pixels.technique import Technique
from domain.model.pixels.upload_rules import UploadRules
from domain.ports.codec import CompressedImage, DerivedImage, ImageCodec
from domain.ports.staging import StagedFile, StagedPath

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_KILLED: Final = frozenset({End(-SIGKILL), End(-SIGTERM), GONE})
"""Ends that something outside may have caused; among others the kernel, when the machine is out of memory."""

_THREADS: Final = 4  # for files; most of their work is done while the next one waits for the disk
_NO_FILES: Final = TaskFiles()

_compress_answers = PacketDecoder[Reply | Ended](Examined | Ended | Improved | Refusal)
_derive_answers = PacketDecoder[Reply | Ended](Ended | Derived | Refusal)
_describe_answers = PacketDecoder[Reply | Ended](Ended | Description)


class PooledImageCodec(ImageCodec):
    """Workers get the files of one image, and can open no others.

    They are started for the first image. An instance belongs to one event loop, and must be closed on it.
    ``fork_server`` is the module whose ``main`` starts the workers.
    """

    def __init__(self, limits: PoolLimits, *, fork_server: str = FORK_SERVER) -> None:
        self._limits = limits
        self._line = WaitingLine(
            limits.workers, waiting=limits.waiting, longest_wait=limits.longest_wait, refusal=CodecBusy
        )
        self._workers = Workers(
            Confinement(mode=limits.sandbox, memory=limits.memory),
            requests_per_worker=limits.tasks_per_worker,
            module=fork_server,
        )
        self._threads = Threads(_THREADS, "image-files")
        self._closed = False

    async def compress(
        self, source: StagedFile, rules: UploadRules, target: StagedPath, user: UserId | None
    ) -> CompressedImage:
        smaller = StagedPath(f"{target}.smaller")
        try:
            return await self._compressed(source, rules, target, smaller, user)
        except BaseException:
            await self._in_thread(partial(task_files.remove, smaller))
            raise

    async def derive(
        self, source: StagedPath, targets: Sequence[tuple[VariantSpec, StagedPath]]
    ) -> Sequence[DerivedImage]:
        specs, paths = tuple(spec for spec, _ in targets), [path for _, path in targets]
        async with self._files(source, paths) as files:
            derived = _last_or_raise(await self._asked(Derive(specs), files, None, _derive_answers))
        if not isinstance(derived, Derived) or len(derived.files) != len(targets):
            raise _error_of_end(MALFORMED)
        return [
            DerivedImage(
                name=spec.name,
                file=await self._in_thread(partial(task_files.keep, path, made.size, path)),
                format=made.format,
                dimensions=Dimensions(made.width, made.height),
            )
            for (spec, path), made in zip(targets, derived.files, strict=True)
        ]

    async def describe(self) -> Description:
        """Have a worker say which layers of the sandbox hold and which codec libraries it has.

        Raises:
            CodecBroken: no worker can be started. (One that lacks a required layer says that, and does nothing else.)
        """
        description = _last_or_raise(await self._asked(Describe(), _NO_FILES, None, _describe_answers))
        if not isinstance(description, Description):
            raise _error_of_end(MALFORMED)
        if description.missing:
            _log.warning("image workers run without: %s", ", ".join(description.missing))
        _log.info("image workers are confined by: %s", ", ".join(description.held))
        return description

    async def close(self) -> None:
        """Kill every worker. Calls under way raise ``CodecBroken``, and so does every later call."""
        self._closed = True
        await self._workers.close()

    async def _compressed(
        self, source: StagedFile, rules: UploadRules, target: StagedPath, smaller: StagedPath, user: UserId | None
    ) -> CompressedImage:
        async with self._files(source.path, [target, smaller]) as files:
            answer = await self._asked(Compress(rules), files, user, _compress_answers)
        found, made = answer.examined, _last_or_raise(answer, with_early_answer=True)
        if found is None or not (made is None or isinstance(made, Improved)):
            raise _error_of_end(MALFORMED)
        plan = _judged(found, rules)
        kept = _chosen(plan, found, made)
        written = target if kept.technique is Technique.STRIPPED else smaller
        return CompressedImage(
            file=await self._in_thread(partial(task_files.keep, written, kept.size, target, smaller)),
            facts=found.facts,
            thumbhash=found.thumbhash,
            receipt=_receipt(plan, kept, source.size),
            packing=plan.packing,
        )

    @asynccontextmanager
    async def _files(self, source: StagedPath, targets: Sequence[StagedPath]) -> AsyncIterator[TaskFiles]:
        """The source, and the targets, which are made."""
        files = TaskFiles()
        try:
            await self._in_thread(partial(files.open, source, targets))
            yield files
        finally:
            files.close()

    async def _in_thread(self, step: Callable[[], _Result]) -> _Result:
        """What ``step`` returns. A caller that is cancelled waits for it: else it could make files after their removal."""
        try:
            return await self._threads.run(step)
        except StagingFailed as error:
            raise _error_of(TaskFailed(Cause.STAGING, str(error), error.number)) from None
        except task_files.WrongSize:
            raise _error_of_end(MALFORMED) from None

    async def _asked(
        self, request: Struct, files: TaskFiles, user: UserId | None, answers: PacketDecoder[Reply | Ended]
    ) -> Answer:
        """The answer of a worker, or of a second one if the first was killed from outside."""
        async with self._line.place(user, estimated_seconds(files.head) if files.head else 0):
            until = asyncio.get_running_loop().time() + self._limits.deadline
            answer = await self._asked_once(request, files.descriptors, until, answers)
            if answer.end in _KILLED and not self._closed:
                _log.warning("an image worker was killed, and its image is given to another")
                answer = await self._asked_once(request, files.descriptors, until, answers)
        if answer.end is not None and self._closed:
            raise CodecBroken
        return answer

    async def _asked_once(
        self, request: Struct, files: Sequence[int], until: float, answers: PacketDecoder[Reply | Ended]
    ) -> Answer:
        if self._closed:
            raise CodecBroken
        try:
            async with self._workers.lend() as worker:
                return await worker.ask(request, files, until, answers)
        except CannotStart as error:
            _log.error("no image worker can be started: %s", error)
            raise CodecBroken from None


def _judged(found: Examined, rules: UploadRules) -> CompressionPlan:
    """The plan for what a worker found. It has judged by the same rules, but an image may have taken control of it."""
    try:
        _ = found.facts.displayed
        return rules.plan(found.facts)
    except ValueError:
        raise _error_of_end(MALFORMED) from None


def _chosen(plan: CompressionPlan, found: Examined, made: Improved | None) -> Smaller:
    """The file to keep: the one without metadata, or the smaller one, if the plan allows it."""
    stripped = Smaller(Technique.STRIPPED, "none", found.size)
    for reason in made.failures if made else ():
        _log.warning("an attempt to make an image smaller failed: %s", reason)
    if made is None or made.smaller is None:
        return stripped
    is_chosen = plan.choose([stripped.candidate, made.smaller.candidate]) == made.smaller.candidate
    return made.smaller if is_chosen else stripped


def _receipt(plan: CompressionPlan, kept: Smaller, uploaded_size: int) -> Receipt:
    return Receipt(
        mode=plan.mode,
        codec=kept.codec,
        lossless=kept.score is None,
        uploaded_size=uploaded_size,
        size=kept.size,
        score=None if kept.score is None else round(kept.score, 2),
        metric=None if kept.score is None else METRIC,
    )


def _last_or_raise(answer: Answer, *, with_early_answer: bool = False) -> Reply | None:
    """The last answer. None if the worker ended after the early one, where that is enough."""
    if answer.end is not None:
        if not with_early_answer or answer.examined is None:
            raise _error_of_end(answer.end)
        _log.warning("an image is stored larger, since its worker ended: %s", answer.end.status)
        return None
    match answer.last:
        case NotAccepted(format):
            raise FormatNotAccepted(format=format, accepted=ACCEPTED)
        case TooLarge(measure, actual, limit):
            raise ImageTooLarge(measure=measure, actual=actual, limit=limit)
        case TaskFailed() as failed:
            raise _error_of(failed)
        case last:
            return last


def _error_of_end(end: End) -> CalotypeError:
    """The error for a worker that ended while it had an image."""
    if end == TIMED_OUT:
        return CodecTimedOut()
    if end in (End(EXHAUSTED), End(-SIGKILL)):  # twice: the kernel's choice when the machine is out of memory
        return ImageTooExpensive()
    if end in _KILLED:
        return CodecBroken()
    return UndecodableImage(reason=f"the decoder ended: {end.status}")


def _error_of(failed: TaskFailed) -> CalotypeError:
    match failed.cause:
        case Cause.IMAGE:
            return UndecodableImage(reason=failed.reason)
        case Cause.STAGING if failed.number in _DISK_FULL:
            return StorageFull()
        case _:
            _log.error("image workers cannot work: %s", failed.reason)
            return CodecBroken()
