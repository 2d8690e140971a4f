"""Pictures decoded in worker processes that can be killed: pebble's pool, with a line before it."""

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
from adapters.codec.pool.waiting_line import WaitingLine
from adapters.codec.shared import staged_files
from adapters.codec.shared.limits import Confinement, PoolLimits
from adapters.codec.shared.results import Declined, Examined, Fault, Made, Refused, WorkerReport
from domain.errors import (
    CalotypeError,
    CodecBroken,
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

_FORKSERVER_GONE = 255  # what multiprocessing says of a process whose fate it cannot learn
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class PooledImageCodec(ImageCodec):
    """Workers read files in the folders ``readable`` and rewrite those in ``writable``; the folders must exist.

    Nothing is started before the first picture. It belongs to one event loop, and is to be closed there.
    """

    def __init__(self, limits: PoolLimits, *, readable: Sequence[str], writable: Sequence[str]) -> None:
        self._limits = limits
        self._confinement = Confinement(
            mode=limits.sandbox, memory=limits.memory, readable=tuple(readable), writable=tuple(writable)
        )
        self._places = WaitingLine(serving=limits.workers, waiting=limits.waiting, longest_wait=limits.longest_wait)
        self._pool: pebble.ProcessPool | None = None
        self._under_way: set[Future[Any]] = set()
        self._closed = False

    async def inspect(self, source: StagedFile) -> ImageFacts:
        found = await self._run(worker.inspect, source.path)
        if isinstance(found, Declined):
            raise found.error(**found.data)
        return found

    async def compress(
        self, source: StagedFile, facts: ImageFacts, plan: CompressionPlan, target: StagedPath
    ) -> CompressedImage:
        # Whatever makes the picture smaller is tried apart from the first look. So what a decoder does, the picture is
        # refused for; what an encoder does, be it a crash or the deadline, costs the saving only.
        lossy, optimised = StagedPath(f"{target}.lossy"), StagedPath(f"{target}.optimised")
        async with self._places.one():
            until = asyncio.get_running_loop().time() + self._limits.deadline
            try:
                await _staging(staged_files.create, target, lossy, optimised)
                examined = await self._examined(until, plan, source.path, facts, target, lossy)
                if examined.failure:
                    _log.warning("a picture could not be encoded anew: %s", examined.failure)
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
        """Have a worker say what confines it and which codecs it has.

        Raises:
            CodecBroken: there is no worker. (One that lacks a required layer reports, and does nothing else.)
        """
        report = await self._run(worker.report)
        if report.missing:
            _log.warning("image workers run without: %s", ", ".join(report.missing))
        _log.info("image workers are confined by: %s", ", ".join(report.held))
        return report

    async def close(self) -> None:
        """End every worker now. What is under way raises ``CodecBroken``, as does every later call.

        The fork server, which all codecs of this process share and which never sees a picture, ends with the process.
        """
        self._closed = True
        for future in tuple(self._under_way):
            future.cancel()
        if self._pool is not None:
            await self._discard(self._pool)

    async def _run(self, task: Callable[..., _Result], *arguments: object) -> _Result:
        async with self._places.one():
            until = asyncio.get_running_loop().time() + self._limits.deadline
            return await self._perform(until, task, *arguments)

    async def _examined(self, until: float, plan: CompressionPlan, *arguments: object) -> Examined:
        if plan.attempts(Technique.REENCODED):
            half = (asyncio.get_running_loop().time() + until) / 2
            try:
                return _accepted(await self._tried(half, worker.examine, (*arguments, plan.lossy)))
            except (TimeoutError, pebble.ProcessExpired) as error:
                # It may have been the encoder's doing. What the picture is to blame for, it will do again.
                _log.warning("encoding a picture anew ended its worker: %r", error)
        return await self._perform(until, worker.examine, *arguments, None)

    async def _attempted(self, until: float, task: Callable[..., Made | None], *arguments: object) -> list[Made]:
        with _costing_only_the_saving():
            made = await self._perform(until, task, *arguments)
            return [] if made is None else [made]
        return []

    async def _perform(self, until: float, task: Callable[..., _Result], *arguments: object) -> _Result:
        """What the task returns, done by a worker before the loop's clock says ``until``."""
        try:
            return _accepted(await self._tried(until, task, arguments))
        except TimeoutError:
            raise CodecTimedOut from None
        except pebble.ProcessExpired as death:
            raise _blamed(death.exitcode) from None

    async def _tried(
        self, until: float, task: Callable[..., _Result], arguments: tuple[object, ...]
    ) -> _Result | Refused:
        async with asyncio.timeout_at(until):
            return await self._outcome(task, arguments)

    async def _outcome(self, task: Callable[..., _Result], arguments: tuple[object, ...]) -> _Result | Refused:
        # A pool breaks when it cannot replace a worker, or when an idle one is killed: no fault of this picture.
        for another_try in (True, False):
            pool = self._current_pool()
            try:
                await asyncio.to_thread(getattr, pool, "active")  # looking at it starts it, which takes its time
                return await self._answer(pool.schedule(worker.perform, args=(task, arguments)))
            except RuntimeError as error:
                _log.warning("the pool of image workers broke and is built anew: %s", error)
                await self._discard(pool)
                if not another_try:
                    raise CodecBroken from error
        raise AssertionError("the second try returns or raises")

    async def _answer(self, future: "Future[_Result]") -> _Result:
        """Cancelling this kills the worker that has the task."""
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
            pebble.CONSTS.term_timeout = 0.2  # from the request to end to the kill; the default is 3 seconds
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
def _costing_only_the_saving() -> Iterator[None]:
    try:
        yield
    except CalotypeError as error:
        _log.warning("a picture could not be made smaller: %s %s", error.code, getattr(error, "reason", ""))


async def _staging(step: Callable[..., _Result], *arguments: StagedPath) -> _Result:
    """Done in a thread, and also when cancelled not left before it is: it must make no file that was just removed."""
    thread = asyncio.ensure_future(asyncio.to_thread(step, *arguments))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        await asyncio.wait((thread,))
        raise
    except staged_files.StagingFailed as error:
        raise _raised(Refused(Fault.STAGING, str(error), error.number)) from None


def _stop(pool: pebble.ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # pebble's annotations end here
    pool.join()


def _blamed(status: int) -> CalotypeError:
    """Whose fault it is that a worker ended with ``status`` (a signal, if negative) while it had a picture."""
    if status in (worker.EXHAUSTED, -SIGKILL):  # the kernel's choice when the machine is out of memory
        return ImageTooExpensive()
    if status in (-SIGTERM, _FORKSERVER_GONE):
        return CodecBroken()
    return UndecodableImage(reason=f"the decoder died of it: {status}")


def _accepted(outcome: _Result | Refused) -> _Result:
    if isinstance(outcome, Refused):
        raise _raised(outcome)
    return outcome


def _raised(refused: Refused) -> CalotypeError:
    match refused.fault:
        case Fault.PICTURE:
            return UndecodableImage(reason=refused.reason)
        case Fault.STAGING if refused.number in _DISK_FULL:
            return StorageFull()
        case _:
            _log.error("image workers cannot work: %s", refused.reason)
            return CodecBroken()
