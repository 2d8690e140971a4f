"""A store of blobs in a local folder. A put returns when the blob would survive a power failure."""

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from errno import EDQUOT, ENOSPC
from functools import partial
from pathlib import Path
from typing import TypeVar

from adapters.blobs.filesystem.durable_files import draft_of, link_or_copy, move, sync
from adapters.shared.threads import Threads
from domain.errors import BlobDamaged, BlobNotFound, BlobStoreUnavailable, StorageFull
from domain.model.storage.blob import BlobKey, ByteRange
from domain.ports.blobs import BlobFiles, BlobStat, BlobStore, StoreIdentity
from domain.ports.staging import StagedPath

Result = TypeVar("Result")

CHUNK_SIZE = 256 * 1024  # bytes read by one call
MARK = ".calotype-store"
SHARD = re.compile(r"[0-9a-f]{2}")
PROBE_DEADLINE = 3.0  # seconds
PUTS_AT_ONCE = 8  # of one process; more would only wait for the same disk
PUT_TIME = 20.0  # seconds that a put may take in addition to writing the bytes
SLOWEST_DISK = 256 * 1024  # bytes per second


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise BlobNotFound from error
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise StorageFull from error
        raise BlobStoreUnavailable(error.strerror or "") from error


class FilesystemBlobStore(BlobStore, BlobFiles, StoreIdentity):
    """Read-only files ``<root>/<first two characters of the key>/<key>``; the folder that a file is in is its shard.

    The root is made only when the store is marked. If it is missing later, a disk is not mounted: every verb then raises
    ``BlobStoreUnavailable`` instead of writing below the mount point.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._is_there = True
        self._putting = Threads(PUTS_AT_ONCE, "blobs")
        self._durable_shards: set[Path] = set()  # those known to survive a power failure

    async def close(self) -> None:
        """Does nothing: no file stays open."""

    # StoreIdentity

    async def read(self) -> str | None:
        return await self._in_thread(self._read_mark)

    async def write(self, identity: str) -> None:
        await self._in_thread(lambda: self._write_mark(identity))

    async def erase(self) -> None:
        await self._in_thread(lambda: (self._root / MARK).unlink(missing_ok=True))

    # BlobFiles

    def path(self, key: BlobKey) -> str | None:
        if not self._is_there:
            raise BlobStoreUnavailable("the last probe failed")
        return f"{self._root}/{key[:2]}/{key}"

    # BlobStore

    async def put(self, key: BlobKey, source: StagedPath) -> None:
        try:
            with _faults():
                await self._putting.run(partial(self._put, key, source))
        except asyncio.CancelledError:
            with suppress(BlobStoreUnavailable):
                await self.delete(key)
            raise

    def open(self, key: BlobKey, span: ByteRange | None = None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._opened(key, span)

    async def fetch(self, key: BlobKey, target: StagedPath) -> None:
        await self._found(lambda: link_or_copy(self._file(key), target))

    async def stat(self, key: BlobKey) -> BlobStat:
        return BlobStat(key, (await self._found(self._file(key).stat)).st_size)

    async def delete(self, key: BlobKey) -> None:
        try:
            await self._in_thread(lambda: self._delete(key))
        except BlobNotFound:
            await self._in_thread(self._check_root)  # a missing root must not look like a deleted blob

    async def list(self) -> AsyncIterator[BlobStat]:
        for shard in await self._in_thread(lambda: sorted(self._root.iterdir())):
            if SHARD.fullmatch(shard.name):
                for stat in await self._in_thread(partial(_stats, shard)):
                    yield stat

    async def probe(self) -> None:
        try:
            async with asyncio.timeout(PROBE_DEADLINE):
                await self._in_thread(self._check_root)
        except TimeoutError as error:
            self._is_there = False
            raise BlobStoreUnavailable("the file system does not answer") from error
        except BlobStoreUnavailable:
            self._is_there = False
            raise
        self._is_there = True

    # In threads

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        with _faults():
            return await asyncio.to_thread(work)

    async def _found(self, work: Callable[[], Result]) -> Result:
        """The result of ``work`` on the file of a blob.

        Raises:
            BlobNotFound: there is no such file.
            BlobStoreUnavailable: the store itself is missing.
        """
        try:
            return await self._in_thread(work)
        except BlobNotFound:
            await self._in_thread(self._check_root)
            raise

    def _file(self, key: BlobKey) -> Path:
        return self._root / key[:2] / key

    def _delete(self, key: BlobKey) -> None:
        file = self._file(key)
        draft_of(file).unlink(missing_ok=True)
        try:
            file.unlink()
        finally:
            sync(file.parent)  # also if it was gone: perhaps removed by a process that did not get here

    def _check_root(self) -> None:
        if not (self._root / MARK).exists():
            raise BlobStoreUnavailable("the blob folder is missing or not mounted")
        if not os.access(self._root, os.W_OK | os.X_OK):
            raise BlobStoreUnavailable("the blob folder is not writable")

    def _read_mark(self) -> str | None:
        try:
            return (self._root / MARK).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None

    def _write_mark(self, identity: str) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        draft = self._root / f"{MARK}.{secrets.token_hex(4)}"
        draft.write_text(identity + "\n", encoding="ascii")
        sync(draft)
        draft.rename(self._root / MARK)
        sync(self._root)
        sync(self._root.parent)

    def _put(self, key: BlobKey, source: StagedPath) -> None:
        target = self._file(key)
        staged = Path(source)
        staged.chmod(0o440)
        sync(staged)
        if target.parent not in self._durable_shards:
            self._make_durable(target.parent)
        try:
            move(staged, target)
        except FileNotFoundError:
            self._make_durable(target.parent)
            move(staged, target)
        try:
            sync(target.parent)
        except OSError:
            target.unlink()  # it might not survive a power failure, so it must not be readable
            raise

    def _make_durable(self, shard: Path) -> None:
        """Make the shard, if it is not there. Another put or process may have made it, and not have come to the sync."""
        self._check_root()
        shard.mkdir(exist_ok=True)
        sync(self._root)
        self._durable_shards.add(shard)

    @asynccontextmanager
    async def _opened(self, key: BlobKey, span: ByteRange | None) -> AsyncIterator[AsyncIterator[bytes]]:
        opening = asyncio.ensure_future(asyncio.to_thread(_open_to, self._file(key), span))
        try:
            try:
                with _faults():
                    descriptor = await asyncio.shield(opening)
            except BlobNotFound:
                await self._in_thread(self._check_root)
                raise
            yield self._chunks(descriptor, span)
        finally:
            await asyncio.wait([opening])  # even if this was cancelled while the file was being opened
            if opening.exception() is None:
                os.close(opening.result())

    async def _chunks(self, descriptor: int, span: ByteRange | None) -> AsyncIterator[bytes]:
        position, stop = (span.start, span.stop) if span else (0, None)
        while stop is None or position < stop:
            size = CHUNK_SIZE if stop is None else min(CHUNK_SIZE, stop - position)
            with _faults():
                data = await asyncio.to_thread(os.pread, descriptor, size, position)
            if not data:
                return
            position += len(data)
            yield data


def _open_to(file: Path, span: ByteRange | None) -> int:
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    size = os.fstat(descriptor).st_size
    if span is not None and span.stop > size:
        os.close(descriptor)
        raise BlobDamaged(f"{file.name} has only {size} bytes")
    return descriptor


def _stats(folder: Path) -> list[BlobStat]:
    with os.scandir(folder) as entries:
        return [
            BlobStat(BlobKey(entry.name), entry.stat().st_size) for entry in entries if not entry.name.startswith(".")
        ]


def longest_put(size: int) -> timedelta:
    """The longest time that a put of this many bytes may take."""
    return timedelta(seconds=PUT_TIME + size / SLOWEST_DISK)
