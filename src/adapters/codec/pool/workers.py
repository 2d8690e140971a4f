"""The workers of one server process: started ahead, lent for one request after the other, and replaced."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from adapters.codec.pool.fork_server_process import FORK_SERVER, CannotStart, ForkServerBroken, ForkServerProcess
from adapters.codec.pool.worker_process import WorkerProcess
from adapters.codec.shared.limits import Confinement

_log = logging.getLogger(__name__)

_SPARES = 1  # workers that are started ahead, beyond those that are lent
_MOST_STARTS = 3  # for one request, if each worker ends before it gets the request


class Workers:
    """How many are lent at once is for the caller to bound. For one event loop."""

    def __init__(self, confinement: Confinement, *, requests_per_worker: int, module: str = FORK_SERVER) -> None:
        self._confinement = confinement
        self._requests_per_worker = requests_per_worker
        self._module = module
        self._fork_server: ForkServerProcess | None = None
        self._starting = asyncio.Lock()
        self._start: asyncio.Task[WorkerProcess] | None = None  # under way, or its result is not taken yet
        self._idle: list[WorkerProcess] = []
        self._lent: set[WorkerProcess] = set()
        self._refilling: asyncio.Task[None] | None = None
        self._closed = False

    @asynccontextmanager
    async def lend(self, until: float, *, is_new: bool = False) -> AsyncIterator[WorkerProcess]:
        """A worker that waits for a request. It is discarded at the end if it did not finish its request.

        ``until``: a time of the event loop's clock. ``is_new``: a worker that is started now. Others may have been killed
        together with the one that was lent before.

        Raises:
            CannotStart: there is none, and none could be started before ``until``.
        """
        worker = (None if is_new else self._take_idle()) or await self._take_new(until)
        self._lent.add(worker)
        self._refill()
        try:
            yield worker
        finally:
            self._lent.discard(worker)
            if worker.is_idle and worker.requests < self._requests_per_worker and not self._closed:
                self._idle.append(worker)
            else:
                worker.discard()

    async def close(self) -> None:
        """Kill every worker. Requests under way end like those whose worker died. Idempotent."""
        self._closed = True
        if self._refilling is not None:
            self._refilling.cancel()
            await asyncio.wait([self._refilling])
        for worker in self._lent:
            worker.kill()
        if self._fork_server is not None:
            self._fork_server.kill()  # a start under way then ends, too
        if self._start is not None:
            await asyncio.wait([self._start])
        if self._start is not None and self._start.exception() is None:  # nobody has taken it
            self._idle.append(self._start.result())
        self._start = None
        while self._idle:
            self._idle.pop().discard()
        await self._stop_fork_server()

    def _take_idle(self) -> WorkerProcess | None:
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive():
                return worker
            worker.discard()
        return None

    async def _take_new(self, until: float) -> WorkerProcess:
        try:
            async with asyncio.timeout_at(until):
                for _ in range(_MOST_STARTS):
                    worker = await self._started()
                    if worker.is_alive():
                        return worker
                    worker.discard()
        except TimeoutError:
            raise CannotStart("the fork server does not answer in time") from None
        raise CannotStart("image workers end as soon as they are started")

    def _refill(self) -> None:
        """Start a spare if there is none, while the lent workers work."""
        if len(self._idle) < _SPARES and not self._closed and (self._refilling is None or self._refilling.done()):
            self._refilling = asyncio.create_task(self._add_spare())

    async def _add_spare(self) -> None:
        try:
            # At the end of those to be taken: a worker that was used has what it needs in the caches.
            self._idle.insert(0, await self._started())
        except CannotStart as error:
            _log.warning("no image worker could be started ahead: %s", error)

    async def _started(self) -> WorkerProcess:
        """A worker that was just started. If the caller is cancelled, the next one gets it."""
        async with self._starting:
            if self._closed:
                raise CannotStart("the workers are closed")
            if self._start is None:
                self._start = asyncio.create_task(self._fork())
            try:
                worker = await asyncio.shield(self._start)
            except Exception:
                self._start = None
                raise
            self._start = None
            return worker

    async def _fork(self) -> WorkerProcess:
        try:
            return await self._forked()
        except ForkServerBroken as error:
            if self._closed:
                raise
            _log.warning("the fork server of the image workers is started again: %s", error)
            await self._stop_fork_server()
            return await self._forked()

    async def _forked(self) -> WorkerProcess:
        try:
            if self._fork_server is None:
                self._fork_server = await asyncio.to_thread(ForkServerProcess, self._module)
            if self._closed:
                raise CannotStart("the workers are closed")
            return await asyncio.to_thread(partial(self._fork_server.start_worker, self._confinement))
        except OSError as error:
            raise CannotStart(f"{type(error).__name__}: {error.strerror}") from None

    async def _stop_fork_server(self) -> None:
        fork_server, self._fork_server = self._fork_server, None
        if fork_server is not None:
            await asyncio.to_thread(fork_server.stop)
