"""Blobs in a dictionary."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from domain.errors import BlobDamaged, BlobNotFound
from domain.model.storage.blob import BlobKey, ByteRange
from domain.ports.blobs import BlobFiles, BlobStat, BlobStore, StoreIdentity
from domain.ports.staging import StagedPath

STEP = 64 * 1024  # bytes that a reader gets at a time


class MemoryBlobStore(BlobStore, BlobFiles, StoreIdentity):
    def __init__(self) -> None:
        self._blobs: dict[BlobKey, bytes] = {}
        self._identity: str | None = None

    async def close(self) -> None:
        """Nothing is held open."""

    def path(self, key: BlobKey) -> str | None:  # noqa: ARG002  # no blob is a file
        return None

    async def read(self) -> str | None:
        return self._identity

    async def write(self, identity: str) -> None:
        self._identity = identity

    async def erase(self) -> None:
        self._identity = None

    async def put(self, key: BlobKey, source: StagedPath) -> None:
        self._blobs[key] = await asyncio.to_thread(Path(source).read_bytes)

    def open(self, key: BlobKey, span: ByteRange | None = None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._opened(key, span)

    async def fetch(self, key: BlobKey, target: StagedPath) -> None:
        await asyncio.to_thread(Path(target).write_bytes, self._get(key))

    async def stat(self, key: BlobKey) -> BlobStat:
        return BlobStat(key, len(self._get(key)))

    async def delete(self, key: BlobKey) -> None:
        self._blobs.pop(key, None)

    async def list(self) -> AsyncIterator[BlobStat]:
        for key, data in list(self._blobs.items()):
            yield BlobStat(key, len(data))

    async def probe(self) -> None:
        return

    def _get(self, key: BlobKey) -> bytes:
        try:
            return self._blobs[key]
        except KeyError:
            raise BlobNotFound from None

    @asynccontextmanager
    async def _opened(self, key: BlobKey, span: ByteRange | None) -> AsyncIterator[AsyncIterator[bytes]]:
        data = self._get(key)
        if span is not None and span.stop > len(data):
            raise BlobDamaged(f"{key} has only {len(data)} bytes")
        yield _steps(data[span.start : span.stop] if span else data)


async def _steps(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), STEP):
        yield data[start : start + STEP]
