"""The image codec on a pool of worker processes that can be killed, by pebble."""

import asyncio
import errno
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from multiprocessing import get_context
from signal import SIGKILL, SIGTERM
from typing import Any, TypeVar

import pebble

from adapters.codec.pool import worker
from adapters.codec.shared import staged_files
from adapters.codec.shared.limits import Confinement, PoolLimits
from adapters.codec.shared.results import Cause, Examined, HeaderRefused, Made, TaskFailed, WorkerReport
from adapters.shared.gate import Gate
from adapters.shared.run_to_completion import run_to_completion
from domain.errors import (
    CalotypeError,
    CodecBroken,
    CodecBusy,
    CodecTimedOut,
    ImageTooExpensive,
    StorageFull,
    UndecodableImage,
)
from domain.model.images.variant import VariantSpec
from domain.model.pixels.compression import METRIC, CompressionPlan, Receipt
from domain.model.pixels.media import ImageFacts
from domain.model.pixels.technique import Technique
from domain.ports.codec import CompressedImage, DerivedImage, ImageCodec
from domain.ports.staging import StagedFile, StagedPath

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_FORKSERVER_GONE = 255  # the status that multiprocessing gives for a process whose real status it cannot learn
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class PooledImageCodec(ImageCodec):
    """Workers may read files in the folders ``readable`` and overwrite files in ``writable``; the folders must exist.

    Workers are started for the first image. An instance belongs to one event loop, and must be closed on it.
    """

    def __init__(self, limits: PoolLimits, *, readable: Sequence[str], writable: Sequence[str]) -> None:
        self._limits = limits
        self._confinement = Confinement(
            mode=limits.sandbox, memory=limits.memory, readable=tuple(readable), writable=tuple(writable)
        )
        self._gate = Gate(limits.workers, waiting=limits.waiting, longest_wait=limits.longest_wait, refusal=CodecBusy)
        self._pool: pebble.ProcessPool | None = None
        self._under_way: set[Future[Any]] = set()
        self._closed = False

    async def inspect(self, source: StagedFile) -> ImageFacts:
        found = await self._run(worker.inspect, source.path)
        if isinstance(found, HeaderRefused):
            raise found.error(**found.data)
        return found

    async def compress(
        self, source: StagedFile, facts: ImageFacts, plan: CompressionPlan, target: StagedPath
    ) -> CompressedImage:
        # Decoding and making smaller are separate tasks. If the first fails, the image is refused. If one of the others
        # fails, by a crash or at the deadline, the image is only stored larger.
        lossy, optimised = StagedPath(f"{target}.lossy"), StagedPath(f"{target}.optimised")
        async with self._gate:
            until = asyncio.get_running_loop().time() + self._limits.deadline
            try:
                await _staging(staged_files.create, target, lossy, optimised)
                examined = await self._examined(until, plan, source.path, facts, target, lossy)
                if examined.failure:
                    _log.warning("an image could not be encoded again: %s", examined.failure)
                made = [examined.stripped]
                if not examined.is_settled(plan, facts):
                    if plan.optimise:
                        made += await self._attempted(until, worker.optimise, target, facts, optimised)
                    if plan.attempts(Technique.PALETTE):
                        made += await self._attempted(until, worker.reduce_palette, target, facts, plan.lossy, lossy)
                if examined.lossy is not None:
                    made.append(examined.lossy)
                files = {each.candidate: each.file for each in made}
                kept = plan.choose(files)
                if files[kept].path != target:
                    await _staging(staged_files.replace, files[kept].path, target)
            finally:
                await _staging(staged_files.remove, lossy, optimised)
        return CompressedImage(
            file=StagedFile(target, kept.size, files[kept].digest),
            dimensions=facts.displayed,
            frames=facts.frames,
            thumbhash=examined.thumbhash,
            receipt=Receipt(
                mode=plan.mode,
                codec=kept.codec,
                lossless=kept.score is None,
                uploaded_size=source.size,
                size=kept.size,
                score=None if kept.score is None else round(kept.score, 2),
                metric=None if kept.score is None else METRIC,
            ),
        )

    async def derive(
        self, source: StagedPath, targets: Sequence[tuple[VariantSpec, StagedPath]]
    ) -> Sequence[DerivedImage]:
        await _staging(staged_files.create, *(path for _, path in targets))
        return await self._run(worker.derive, source, tuple(targets))

    async def selftest(self) -> WorkerReport:
        """Have a worker report which layers of the sandbox hold and which codec libraries it has.

        Raises:
            CodecBroken: no worker can be started. (One that lacks a required layer reports that, and does nothing else.)
        """
        report = await self._run(worker.report)
        if report.missing:
            _log.warning("image workers run without: %s", ", ".join(report.missing))
        _log.info("image workers are confined by: %s", ", ".join(report.held))
        return report

    async def close(self) -> None:
        """Kill every worker. Calls under way raise ``CodecBroken``, and so does every later call.

        The fork server, which all codecs of this process share and which never has an image, ends with the process.
        """
        self._closed = True
        for future in tuple(self._under_way):
            future.cancel()
        if self._pool is not None:
            await self._discard(self._pool)

    async def _run(self, task: Callable[..., _Result], *arguments: object) -> _Result:
        async with self._gate:
            until = asyncio.get_running_loop().time() + self._limits.deadline
            return await self._perform(until, task, *arguments)

    async def _examined(self, until: float, plan: CompressionPlan, *arguments: object) -> Examined:
        if plan.attempts(Technique.REENCODED):
            half = (asyncio.get_running_loop().time() + until) / 2
            try:
                return _result_or_raise(await self._tried(half, worker.examine, (*arguments, plan.lossy)))
            except (TimeoutError, pebble.ProcessExpired) as error:
                # The encoder may be the cause, so it is tried without. If the image is the cause, it fails again.
                _log.warning("encoding an image again ended its worker: %r", error)
        return await self._perform(until, worker.examine, *arguments, None)

    async def _attempted(self, until: float, task: Callable[..., Made | None], *arguments: object) -> list[Made]:
        with _losing_only_the_saving():
            made = await self._perform(until, task, *arguments)
            return [] if made is None else [made]
        return []

    async def _perform(self, until: float, task: Callable[..., _Result], *arguments: object) -> _Result:
        """The result of the task, done by a worker before ``until``, a time of the event loop's clock."""
        try:
            return _result_or_raise(await self._tried(until, task, arguments))
        except TimeoutError:
            raise CodecTimedOut from None
        except pebble.ProcessExpired as death:
            raise _error_of_exit(death.exitcode) from None

    async def _tried(
        self, until: float, task: Callable[..., _Result], arguments: tuple[object, ...]
    ) -> _Result | TaskFailed:
        async with asyncio.timeout_at(until):
            return await self._outcome(task, arguments)

    async def _outcome(self, task: Callable[..., _Result], arguments: tuple[object, ...]) -> _Result | TaskFailed:
        # A pool breaks when it cannot replace a worker, or when an idle one is killed. The image is not the cause.
        for another_try in (True, False):
            pool = self._current_pool()
            try:
                await asyncio.to_thread(
                    getattr, pool, "active"
                )  # reading this property starts the pool, which takes a while
                return await self._answer(pool.schedule(worker.perform, args=(task, arguments)))
            except RuntimeError as error:
                _log.warning("the pool of image workers broke and is started again: %s", error)
                await self._discard(pool)
                if not another_try:
                    raise CodecBroken from error
        raise AssertionError("the second try returns or raises")

    async def _answer(self, future: "Future[_Result]") -> _Result:
        """The result of the task. Cancelling this kills the worker that has it."""
        self._under_way.add(future)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            this = asyncio.current_task()
            if self._closed and this is not None and not this.cancelling():
                raise CodecBroken from None
            raise
        finally:
            self._under_way.discard(future)

    def _current_pool(self) -> pebble.ProcessPool:
        if self._closed:
            raise CodecBroken
        if self._pool is None:
            pebble.CONSTS.term_timeout = 0.2  # seconds from SIGTERM to SIGKILL; the default is 3
            context = get_context("forkserver")
            context.set_forkserver_preload(["adapters.codec.pool.preload"])
            self._pool = pebble.ProcessPool(
                max_workers=self._limits.workers,
                max_tasks=self._limits.tasks_per_worker,
                initializer=worker.start,
                initargs=(self._confinement,),
                context=context,
            )
        return self._pool

    async def _discard(self, pool: pebble.ProcessPool) -> None:
        if self._pool is pool:
            self._pool = None
        await asyncio.to_thread(_stop, pool)


@contextmanager
def _losing_only_the_saving() -> Iterator[None]:
    try:
        yield
    except CalotypeError as error:
        _log.warning("an image could not be made smaller: %s %s", error.code, getattr(error, "reason", ""))


async def _staging(step: Callable[..., _Result], *arguments: StagedPath) -> _Result:
    """Run ``step`` in a thread, and wait for its end even if cancelled: else it could create files after their removal."""
    try:
        return await run_to_completion(asyncio.to_thread(step, *arguments))
    except staged_files.StagingFailed as error:
        raise _error_of(TaskFailed(Cause.STAGING, str(error), error.number)) from None


def _stop(pool: pebble.ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # pebble's annotations end here
    pool.join()


def _error_of_exit(status: int) -> CalotypeError:
    """The error for a worker that ended with ``status`` (a signal, if negative) while it had an image."""
    if status in (worker.EXHAUSTED, -SIGKILL):  # the kernel's choice when the machine is out of memory
        return ImageTooExpensive()
    if status in (-SIGTERM, _FORKSERVER_GONE):
        return CodecBroken()
    return UndecodableImage(reason=f"the decoder ended with status {status}")


def _result_or_raise(outcome: _Result | TaskFailed) -> _Result:
    if isinstance(outcome, TaskFailed):
        raise _error_of(outcome)
    return outcome


def _error_of(failed: TaskFailed) -> CalotypeError:
    match failed.cause:
        case Cause.IMAGE:
            return UndecodableImage(reason=failed.reason)
        case Cause.STAGING if failed.number in _DISK_FULL:
            return StorageFull()
        case _:
            _log.error("image workers cannot work: %s", failed.reason)
            return CodecBroken()
