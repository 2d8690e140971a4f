"""Staged files: small ones in memory, others in a folder, with one subfolder (a session) for each process."""

import asyncio
import fcntl
import hashlib
import logging
import os
import secrets
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from errno import EDQUOT, ENOSPC
from functools import partial
from pathlib import Path

from adapters.shared import memory_files
from adapters.shared.threads import Threads
from domain.errors import BlobStoreUnavailable, InstallationInUse, StorageFull
from domain.model.storage.blob import Digest
from domain.ports.staging import StagedFile, StagedPath, StagedWriter, Staging

BATCH_SIZE = 256 * 1024  # bytes that a thread writes and hashes at once; an upload holds at most two batches in memory

WRITING_THREADS = 8
PROBE_DEADLINE = 3.0  # seconds

_log = logging.getLogger(__name__)


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise StorageFull from error
        raise BlobStoreUnavailable(f"staging: {error.strerror}") from error


class FolderStaging(Staging):
    """Small files are in memory. Of the others, those that are read are in ``<root>/<session>/in``, and those that are made in
    ``<root>/<session>/out``.

    A process holds a lock on the folder of its session until it ends. Opening a session removes the folders of sessions
    whose process has ended.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._session = root / secrets.token_hex(8)
        self._lock: int | None = None
        self._is_open = False
        self._device = 0
        self._restoring = threading.Lock()
        self._threads = Threads(WRITING_THREADS, "staging")

    @property
    def inlets(self) -> Path:
        return self._session / "in"

    @property
    def outlets(self) -> Path:
        return self._session / "out"

    def open(self) -> None:
        """Make the folders of this session, and remove those of processes that have ended. Idempotent; blocks briefly.

        Raises:
            BlobStoreUnavailable: the parent folder does not exist or is not writable.
        """
        if not self._is_open:
            self._make()
            self._device = self._root.parent.stat().st_dev
            self._is_open = True

    def check_alone(self) -> None:
        """Return if no other process has files here.

        Raises:
            InstallationInUse: one has.
        """
        others = [each for each in self._root.iterdir() if each != self._session and each.is_dir()]
        if not all(map(_is_abandoned, others)):
            raise InstallationInUse("data folder")

    async def probe(self) -> None:
        """Return if files can be staged. Folders of this session that somebody has removed are made anew.

        Raises:
            BlobStoreUnavailable: they cannot be made, or the file system does not answer.
        """
        try:
            async with asyncio.timeout(PROBE_DEADLINE):
                await asyncio.to_thread(self._restore)
        except TimeoutError as error:
            raise BlobStoreUnavailable("staging: the file system does not answer") from error

    def _restore(self) -> None:
        with self._restoring:
            is_complete = self._lock is not None and self.inlets.is_dir() and self.outlets.is_dir()
            if self._is_open and not is_complete:
                with _faults():
                    is_same_disk = self._root.parent.stat().st_dev == self._device
                if not is_same_disk:  # nothing may be written below a mount point
                    raise BlobStoreUnavailable("staging: the disk is not mounted")
                self._unlock()
                self._make()
                _log.warning("the folder of staged files was removed, and is made anew: %s", self._root)

    def _make(self) -> None:
        with _faults():
            self._root.mkdir(exist_ok=True)
            with (self._root / ".lock").open("w") as gate:
                fcntl.flock(gate, fcntl.LOCK_EX)
                for left in self._root.iterdir():
                    if left != self._session and left.is_dir() and _is_abandoned(left):
                        shutil.rmtree(left, ignore_errors=True)
                self._session.mkdir(mode=0o700, exist_ok=True)
                self._lock = os.open(self._session / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
                fcntl.flock(self._lock, fcntl.LOCK_EX)
                self.inlets.mkdir(exist_ok=True)
                self.outlets.mkdir(exist_ok=True)

    def close(self) -> None:
        """Remove the folders of this session and the files in them. Idempotent."""
        if self._is_open:
            self._is_open = False
            shutil.rmtree(self._session, ignore_errors=True)
            self._unlock()

    def _unlock(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    @asynccontextmanager
    async def receive(self) -> AsyncIterator[StagedWriter]:
        async with self.inlet() as path:
            writer = _FileWriter(path, self._threads)
            try:
                yield writer
            finally:
                await writer.settle()

    @asynccontextmanager
    async def inlet(self) -> AsyncIterator[StagedPath]:
        async with self._fresh(self.inlets) as path:
            yield path

    @asynccontextmanager
    async def outlet(self, size: int) -> AsyncIterator[StagedPath]:
        if size > memory_files.LARGEST:
            async with self._fresh(self.outlets) as path:
                yield path
            return
        with _faults():
            descriptor = memory_files.make()
        try:
            yield StagedPath(memory_files.path_of(descriptor))
        finally:
            os.close(descriptor)

    @asynccontextmanager
    async def _fresh(self, folder: Path) -> AsyncIterator[StagedPath]:
        path = folder / secrets.token_hex(8)
        try:
            yield StagedPath(str(path))
        finally:
            with suppress(OSError):  # the store has moved it, it was never made, or its disk is gone
                path.unlink()


def _is_abandoned(session: Path) -> bool:
    try:
        descriptor = os.open(session / ".lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


class _FileWriter(StagedWriter):
    """Everything that touches the disk is done in threads; a file of one batch is made, written, hashed and closed by one call.

    A smaller one is in memory, and needs no thread.
    """

    def __init__(self, path: StagedPath, threads: Threads) -> None:
        self._path = path
        self._threads = threads
        self._descriptor: int | None = None
        self._waiting: list[bytes] = []
        self._waiting_size = 0
        self._size = 0
        self._hash = hashlib.sha256()
        self._thread: asyncio.Future[None] | None = None

    async def write(self, data: bytes) -> None:
        self._waiting.append(data)
        self._waiting_size += len(data)
        if self._waiting_size >= BATCH_SIZE:
            await self._flush()

    async def finish(self) -> StagedFile:
        await self._written()
        with _faults():
            if self._thread is None and self._waiting_size <= memory_files.LARGEST:
                self._descriptor = memory_files.make()
                self._path = StagedPath(memory_files.path_of(self._descriptor))
                self._write(self._waiting, is_last=False)  # it lasts until it is closed
                memory_files.freeze(self._descriptor)
            else:
                await self._threads.run(partial(self._write, self._waiting, is_last=True))
        return StagedFile(self._path, self._size, Digest(self._hash.hexdigest()))

    async def settle(self) -> None:
        """Return when no thread uses the file any more, even if the writer was cancelled, and the file is closed."""
        if self._thread is not None:
            await asyncio.wait([self._thread])
            if not self._thread.cancelled():
                self._thread.exception()  # retrieved, or asyncio would log it
        self._close()

    async def _flush(self) -> None:
        """Have a thread write what has been gathered, after its previous batch. More bytes are received meanwhile."""
        await self._written()
        batch, self._waiting, self._waiting_size = self._waiting, [], 0
        self._thread = asyncio.ensure_future(self._threads.run(partial(self._write, batch, is_last=False)))

    async def _written(self) -> None:
        if self._thread is not None:
            with _faults():
                await asyncio.shield(self._thread)

    def _write(self, batch: list[bytes], *, is_last: bool) -> None:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        for data in batch:
            self._hash.update(data)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            self._size += len(data)
        if is_last:
            self._close()

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
