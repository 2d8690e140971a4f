"""Blobs as files, durable before they are acknowledged."""

import asyncio
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from errno import EDQUOT, ENOSPC, ENOTSUP, EPERM, EXDEV
from functools import partial
from pathlib import Path
from typing import TypeVar

from domain.errors import BlobNotFound, BlobStoreUnavailable, StorageFull
from domain.model.storage.blob import BlobKey, ByteRange
from domain.ports.blobs import BlobFiles, BlobStat, BlobStore, StoreIdentity
from domain.ports.staging import StagedPath

Result = TypeVar("Result")

STEP = 256 * 1024  # bytes read by one call
MARK = ".calotype-store"
SHARD = re.compile(r"[0-9a-f]{2}")
PROBE_DEADLINE = 3.0  # seconds


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
    """``<root>/<first two characters of the key>/<key>``, read-only files.

    The root is made once, when the store is marked. If it is missing later, a disk is not mounted, and every verb says
    so instead of filling the mount point.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._is_there = True

    async def close(self) -> None:
        """Nothing is held open."""

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
            raise BlobStoreUnavailable("it was away when it was last looked for")
        return f"{self._root}/{key[:2]}/{key}"

    # BlobStore

    async def put(self, key: BlobKey, source: StagedPath) -> None:
        putting = asyncio.ensure_future(asyncio.to_thread(self._put, key, source))
        try:
            with _faults():
                await asyncio.shield(putting)
        except asyncio.CancelledError:
            await asyncio.wait([putting])  # a thread cannot be cancelled, only cleaned up after
            with suppress(BlobStoreUnavailable):
                await self.delete(key)
            raise

    def open(self, key: BlobKey, span: ByteRange | None = None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._opened(key, span)

    async def fetch(self, key: BlobKey, target: StagedPath) -> None:
        await self._found(lambda: _link_or_copy(self._file(key), target))

    async def stat(self, key: BlobKey) -> BlobStat:
        return BlobStat(key, (await self._found(self._file(key).stat)).st_size)

    async def delete(self, key: BlobKey) -> None:
        try:
            await self._in_thread(lambda: self._delete(key))
        except BlobNotFound:
            await self._in_thread(self._check_root)  # a missing root must not pass for deleted blobs

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
        """What comes of ``work``, whose file is said to be missing only where the store itself is not."""
        try:
            return await self._in_thread(work)
        except BlobNotFound:
            await self._in_thread(self._check_root)
            raise

    def _file(self, key: BlobKey) -> Path:
        return self._root / key[:2] / key

    def _delete(self, key: BlobKey) -> None:
        _draft(self._file(key)).unlink(missing_ok=True)
        self._file(key).unlink()

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
        _sync(draft)
        draft.rename(self._root / MARK)
        _sync(self._root)
        _sync(self._root.parent)

    def _put(self, key: BlobKey, source: StagedPath) -> None:
        target = self._file(key)
        staged = Path(source)
        staged.chmod(0o440)
        _sync(staged)
        try:
            _move(staged, target)
        except FileNotFoundError:
            self._check_root()
            target.parent.mkdir(exist_ok=True)
            _sync(self._root)
            _move(staged, target)
        try:
            _sync(target.parent)
        except OSError:
            target.unlink()  # not known to last, so not to be read either
            raise

    @asynccontextmanager
    async def _opened(self, key: BlobKey, span: ByteRange | None) -> AsyncIterator[AsyncIterator[bytes]]:
        opening = asyncio.ensure_future(asyncio.to_thread(os.open, self._file(key), os.O_RDONLY | os.O_CLOEXEC))
        try:
            try:
                with _faults():
                    descriptor = await asyncio.shield(opening)
            except BlobNotFound:
                await self._in_thread(self._check_root)
                raise
            yield self._read_steps(descriptor, span)
        finally:
            await asyncio.wait([opening])  # also when this was cancelled before the file was open
            if opening.exception() is None:
                os.close(opening.result())

    async def _read_steps(self, descriptor: int, span: ByteRange | None) -> AsyncIterator[bytes]:
        position, stop = (span.start, span.stop) if span else (0, None)
        while stop is None or position < stop:
            size = STEP if stop is None else min(STEP, stop - position)
            with _faults():
                data = await asyncio.to_thread(os.pread, descriptor, size, position)
            if not data:
                return
            position += len(data)
            yield data


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _draft(target: Path) -> Path:
    """Where the bytes of a blob arrive from another disk: not listed, and removed with the blob after a death."""
    return target.with_name(f".{target.name}")


def _move(staged: Path, target: Path) -> None:
    """Give ``staged`` the place ``target``, whole or not at all, also from another disk."""
    try:
        staged.rename(target)
    except OSError as error:
        if error.errno != EXDEV:
            raise
        draft = _draft(target)
        try:
            shutil.copy(staged, draft)
            _sync(draft)
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)


def _link_or_copy(source: Path, target: StagedPath) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (EXDEV, EPERM, ENOTSUP):  # other disk, or a file system without links
            raise
        shutil.copyfile(source, target)


def _stats(folder: Path) -> list[BlobStat]:
    with os.scandir(folder) as entries:
        return [
            BlobStat(BlobKey(entry.name), entry.stat().st_size) for entry in entries if not entry.name.startswith(".")
        ]
