"""The workers of one server process: started ahead, lent for one request after the other, and replaced."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.codec.pool.fork_server_process import FORK_SERVER, CannotStart, ForkServerProcess
from adapters.codec.pool.worker_process import WorkerProcess
from adapters.codec.shared.limits import Confinement
from adapters.shared.run_to_completion import run_to_completion

_log = logging.getLogger(__name__)

_SPARES = 1  # workers that are started ahead, beyond those that are lent


class Workers:
    """How many are lent at once is for the caller to bound. For one event loop."""

    def __init__(self, confinement: Confinement, *, requests_per_worker: int, module: str = FORK_SERVER) -> None:
        self._confinement = confinement
        self._requests_per_worker = requests_per_worker
        self._module = module
        self._fork_server: ForkServerProcess | None = None
        self._starting = asyncio.Lock()
        self._idle: list[WorkerProcess] = []
        self._lent: set[WorkerProcess] = set()
        self._refilling: asyncio.Task[None] | None = None
        self._closed = False

    @asynccontextmanager
    async def lend(self, *, is_new: bool = False) -> AsyncIterator[WorkerProcess]:
        """A worker that waits for a request. It is discarded at the end if it did not finish its request.

        ``is_new``: one that is started now. Others may have been killed together with the one that was lent before.

        Raises:
            CannotStart: there is none, and none can be started.
        """
        worker = await (self._take_new() if is_new else self._take())
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
        async with self._starting:
            for worker in self._idle:
                worker.discard()
            self._idle.clear()
            await self._stop_fork_server()

    async def _take(self) -> WorkerProcess:
        while True:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive():
                    return worker
                worker.discard()
            await self._start()

    async def _take_new(self) -> WorkerProcess:
        await self._start()
        return self._idle.pop(0) if self._idle else await self._take()

    def _refill(self) -> None:
        """Start a spare if there is none, while the lent workers work."""
        if len(self._idle) < _SPARES and not self._closed and (self._refilling is None or self._refilling.done()):
            self._refilling = asyncio.create_task(self._add_spare())

    async def _add_spare(self) -> None:
        try:
            await self._start()
        except CannotStart as error:
            _log.warning("no image worker could be started ahead: %s", error)

    async def _start(self) -> None:
        """Add a worker to the idle ones, also if the caller is cancelled meanwhile."""
        async with self._starting:
            if self._closed:
                raise CannotStart("the workers are closed")
            try:
                await run_to_completion(asyncio.to_thread(self._fork))
            except CannotStart as error:
                _log.warning("the fork server of the image workers is started again: %s", error)
                await self._stop_fork_server()
                await run_to_completion(asyncio.to_thread(self._fork))

    def _fork(self) -> None:
        if self._fork_server is None:
            try:
                self._fork_server = ForkServerProcess(self._module)
            except OSError as error:
                raise CannotStart(f"{type(error).__name__}: {error.strerror}") from None
        # At the end of those to be taken: a worker that was used has what it needs in the caches.
        self._idle.insert(0, self._fork_server.start_worker(self._confinement))

    async def _stop_fork_server(self) -> None:
        fork_server, self._fork_server = self._fork_server, None
        if fork_server is not None:
            await run_to_completion(asyncio.to_thread(fork_server.stop))
