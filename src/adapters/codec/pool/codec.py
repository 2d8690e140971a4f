"""The image codec: a line of images, and confined workers that decode them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from time import perf_counter
from typing import Final, TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from adapters.codec.pool.answers import (
    KILLED,
    cause_of,
    chosen_file,
    error_of_end,
    error_of_failure,
    first_file,
    judged_plan,
    judged_variants,
    last_or_raise,
    origin_of,
    receipt_of,
)
from adapters.codec.pool.fork_server_process import FORK_SERVER, CannotStart
from adapters.codec.pool.task_files import TaskFiles, WrongSize
from adapters.codec.pool.worker_process import MALFORMED, Answer
from adapters.codec.pool.workers import Workers
from adapters.codec.shared import packets
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
    Refusal,
    Reply,
    TaskFailed,
    TooLong,
)
from adapters.codec.shared.packets import PacketDecoder
from adapters.codec.shared.staged_files import StagingFailed
from adapters.shared.meter import Meter
from adapters.shared.threads import Threads
from adapters.shared.waiting_line import WaitingLine
from domain.errors import (
    CodecBroken,
    CodecBusy,
)
from domain.model.access.user import UserId
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.upload_rules import UploadRules
from domain.ports.codec import CompressedImage, DerivedImage, ImageCodec, VariantTarget
from domain.ports.staging import StagedFile, StagedPath

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")
_Files: TypeAlias = Callable[[], Awaitable[Sequence[int]]]
"""Opens the files of a task, for each worker that is asked. Until then it holds none: many tasks wait for few workers."""

_THREADS: Final = 4  # for files; most of their work is done while the next one waits for the disk
_VARIANTS_AT_ONCE: Final = (packets.MOST_FILES - 1) // 2  # besides the original, each has up to two files
PART: Final = "codec"
_FIRST, _SMALLER = "first", "smaller"  # the drafts of a compressed image

_compress_answers = PacketDecoder[Reply | Ended](Examined | Ended | Improved | Refusal)
_derive_answers = PacketDecoder[Reply | Ended](Ended | Derived | Refusal)
_describe_answers = PacketDecoder[Reply | Ended](Ended | Description)


async def _no_files() -> Sequence[int]:
    return ()


class PooledImageCodec(ImageCodec):
    """Workers get the files of one image, and can open no others.

    They are started for the first image. An instance belongs to one event loop, and must be closed on it.
    ``meter`` learns how long images wait and how long each step takes, and which workers end. ``fork_server`` is the module
    whose ``main`` starts the workers.
    """

    def __init__(self, limits: PoolLimits, meter: Meter | None = None, *, fork_server: str = FORK_SERVER) -> None:
        self._limits = limits
        self._meter = meter or Meter()
        self._line = WaitingLine(limits.workers, waiting=limits.waiting, refusal=CodecBusy)
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
        async with self._files(source.path, {_FIRST: target, _SMALLER: target}) as files:
            answer = await self._asked(Compress(rules), partial(self._given, files), user, _compress_answers)
            found = answer.examined
            made = last_or_raise(answer, with_early_answer=True, accepted=rules.admission.labels)
            if found is None or not (made is None or isinstance(made, Improved)):
                raise error_of_end(MALFORMED)
            plan = judged_plan(found, rules, source.size)
            kept = chosen_file(plan, found, made)
            draft = _FIRST if kept == first_file(found) else _SMALLER
            written = await self._kept(files, {draft: kept.size})
        return CompressedImage(
            file=written[draft],
            facts=found.facts,
            thumbhash=found.thumbhash,
            receipt=receipt_of(plan, found, kept, source.size),
            packing=plan.packing_of(kept.candidate),
            origin=origin_of(found),
        )

    async def derive(self, source: StagedPath, targets: Sequence[VariantTarget]) -> Sequence[DerivedImage]:
        derived: list[DerivedImage] = []
        for start in range(0, len(targets), _VARIANTS_AT_ONCE):
            derived += await self._derived(source, targets[start : start + _VARIANTS_AT_ONCE])
        return derived

    async def describe(self) -> Description:
        """Have a worker say which layers of the sandbox hold and which codec libraries it has.

        Raises:
            CodecBroken: no worker can be started. (One that lacks a required layer says that, and does nothing else.)
        """
        description = last_or_raise(await self._asked(Describe(), _no_files, None, _describe_answers))
        if not isinstance(description, Description):
            raise error_of_end(MALFORMED)
        if description.missing:
            _log.warning("image workers run without: %s", ", ".join(description.missing))
        _log.info("image workers are confined by: %s", ", ".join(description.held))
        return description

    async def close(self) -> None:
        """Kill every worker. Calls under way raise ``CodecBroken``, and so does every later call."""
        self._closed = True
        await self._workers.close()

    async def _derived(self, source: StagedPath, targets: Sequence[VariantTarget]) -> Sequence[DerivedImage]:
        specs = tuple(each.spec for each in targets)
        paths = [path for each in targets for path in (each.file, each.avif) if path is not None]
        async with self._files(source, {path: path for path in paths}) as files:
            given = partial(self._given, files)
            answer = last_or_raise(await self._asked(Derive(specs), given, None, _derive_answers))
            made = judged_variants(specs, answer)
            sizes: dict[str, int] = {}
            for target, each in zip(targets, made, strict=True):
                sizes[target.file] = each.size
                if target.avif and each.avif:
                    sizes[target.avif] = each.avif
            written = await self._kept(files, sizes)
        return [
            DerivedImage(
                name=target.spec.name,
                file=written[target.file],
                format=each.format,
                dimensions=Dimensions(each.width, each.height),
                avif=written.get(target.avif) if target.avif else None,
            )
            for target, each in zip(targets, made, strict=True)
        ]

    @asynccontextmanager
    async def _files(self, source: StagedPath, drafts: Mapping[str, StagedPath]) -> AsyncIterator[TaskFiles]:
        files = TaskFiles(source, drafts)
        try:
            yield files
        finally:
            if files.are_open:
                await self._done(files.close, at_once=files.are_in_memory)

    async def _given(self, files: TaskFiles) -> Sequence[int]:
        return await self._done(files.given, at_once=files.are_in_memory)

    async def _kept(self, files: TaskFiles, sizes: Mapping[str, int]) -> Mapping[str, StagedFile]:
        return await self._done(partial(files.keep, sizes), at_once=files.is_fast(sizes))

    async def _done(self, step: Callable[[], _Result], *, at_once: bool) -> _Result:
        """What ``step`` returns; ``at_once``: it waits for no disk, so it needs no thread.

        A caller that is cancelled waits for the thread: else that could make files after their removal.
        """
        try:
            return step() if at_once else await self._threads.run(step)
        except StagingFailed as error:
            raise error_of_failure(TaskFailed(Cause.STAGING, str(error), error.number)) from None
        except WrongSize:
            raise error_of_end(MALFORMED) from None

    async def _asked(
        self, request: Struct, files: _Files, user: UserId | None, answers: PacketDecoder[Reply | Ended]
    ) -> Answer:
        """The answer of a worker. An image goes back into the line if it takes long: then it waits for others that do."""
        wait_until = asyncio.get_running_loop().time() + self._limits.longest_wait
        async with self._place(user, wait_until):
            answer = await self._asked_twice(request, files, answers)
        if isinstance(answer.last, TooLong):
            async with self._place(user, wait_until, is_long=True):
                answer = await self._asked_twice(replace(request, may_take_long=True), files, answers)
        if answer.end is not None and self._closed:
            raise CodecBroken
        return answer

    @asynccontextmanager
    async def _place(self, user: UserId | None, until: float, *, is_long: bool = False) -> AsyncIterator[None]:
        """Wait for a worker to be free, and hold it."""
        self._meter.waiting(1)
        try:
            with self._meter.timing(PART, "wait", CodecBusy):
                leave = await self._line.take(user, until, is_long=is_long)
        finally:
            self._meter.waiting(-1)
        try:
            yield
        finally:
            leave()

    async def _asked_twice(self, request: Struct, files: _Files, answers: PacketDecoder[Reply | Ended]) -> Answer:
        """The answer of a worker, or of a second one if the first was killed from outside."""
        answer = await self._asked_once(request, files, answers, is_new=False)
        if answer.end in KILLED and not self._closed:
            _log.warning("an image worker was killed, and its image is given to another")
            answer = await self._asked_once(request, files, answers, is_new=True)
        return answer

    async def _asked_once(
        self, request: Struct, files: _Files, answers: PacketDecoder[Reply | Ended], *, is_new: bool
    ) -> Answer:
        if self._closed:
            raise CodecBroken
        clock, limits = asyncio.get_running_loop().time, self._limits
        given = await files()
        try:
            # A worker is started in some seconds, which are not the image's: its deadline may be shorter.
            start_by = clock() + max(limits.deadline, limits.longest_wait)
            async with self._workers.lend(start_by, is_new=is_new) as worker:
                began = perf_counter()
                answer = await worker.ask(request, given, clock() + limits.deadline, answers)
                self._measure(request, answer, began, perf_counter())
                return answer
        except (CannotStart, OSError) as error:
            _log.error("no image worker can be started or asked: %s", error)
            raise CodecBroken from None

    def _measure(self, request: Struct, answer: Answer, began: float, ended: float) -> None:
        if answer.end is not None and not self._closed:
            self._meter.worker_ended(cause_of(answer.end))
        if isinstance(request, Derive):
            self._meter.took(PART, "variants", ended - began)
        elif isinstance(request, Compress):
            examined_at = answer.examined_at or ended
            self._meter.took(PART, "examine", examined_at - began)
            if answer.examined_at is not None:
                self._meter.took(PART, "shrink", ended - examined_at)
