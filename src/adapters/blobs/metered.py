"""A store whose calls are measured."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Final

from adapters.blobs.switched import SwitchableStore
from adapters.shared.meter import Meter
from domain.errors import Unavailable
from domain.model.storage.blob import BlobKey, ByteRange
from domain.ports.blobs import BlobStat
from domain.ports.staging import StagedPath

PART: Final = "store"


class MeteredStore(SwitchableStore):
    """``store``, of which ``meter`` learns how long its calls take and which of them fail.

    Reading is measured until the first bytes are there: how fast they are read on is up to the client.
    """

    def __init__(self, store: SwitchableStore, meter: Meter) -> None:
        self._store = store
        self._meter = meter

    def path(self, key: BlobKey) -> str | None:
        return self._store.path(key)

    async def put(self, key: BlobKey, source: StagedPath) -> None:
        with self._meter.timing(PART, "put", Unavailable):
            await self._store.put(key, source)

    def open(self, key: BlobKey, span: ByteRange | None = None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._opened(key, span)

    async def fetch(self, key: BlobKey, target: StagedPath) -> None:
        with self._meter.timing(PART, "fetch", Unavailable):
            await self._store.fetch(key, target)

    async def stat(self, key: BlobKey) -> BlobStat:
        with self._meter.timing(PART, "stat", Unavailable):
            return await self._store.stat(key)

    async def delete(self, key: BlobKey) -> None:
        with self._meter.timing(PART, "delete", Unavailable):
            await self._store.delete(key)

    async def list(self) -> AsyncIterator[BlobStat]:
        async for each in self._store.list():
            yield each

    async def probe(self) -> None:
        with self._meter.timing(PART, "probe", Unavailable):
            await self._store.probe()

    async def read(self) -> str | None:
        return await self._store.read()

    async def write(self, identity: str) -> None:
        await self._store.write(identity)

    async def erase(self) -> None:
        await self._store.erase()

    async def close(self) -> None:
        await self._store.close()

    @asynccontextmanager
    async def _opened(self, key: BlobKey, span: ByteRange | None) -> AsyncIterator[AsyncIterator[bytes]]:
        async with AsyncExitStack() as stack:
            with self._meter.timing(PART, "open", Unavailable):
                pieces = await stack.enter_async_context(self._store.open(key, span))
            yield pieces
