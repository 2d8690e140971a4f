"""Several stores that act as one, so that blobs can be moved from one to another while the service runs."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Protocol, TypeVar

from domain.errors import BlobNotFound, BlobStoreUnavailable
from domain.model.storage.blob import BlobKey, ByteRange
from domain.model.storage.store_move import Binding, StoreName, StoreRoles
from domain.ports.blobs import BlobFiles, BlobLinks, BlobStat, BlobStore, LinkTarget, StoreIdentity, StoreSwitch
from domain.ports.staging import StagedPath

Result = TypeVar("Result")


class SwitchableStore(BlobStore, BlobFiles, StoreIdentity, Protocol):
    @abstractmethod
    async def close(self) -> None: ...


class SwitchedBlobStore(BlobStore, BlobFiles, StoreSwitch):
    """Writes to one store, and reads from one, or from two while blobs are moved between them.

    Until ``assume`` is called, the first store is both.
    """

    def __init__(self, stores: Mapping[StoreName, SwitchableStore]) -> None:
        self._stores = stores
        first = next(iter(stores))
        self._assumed: StoreRoles | None = StoreRoles(first, (first,))
        self._binding: Binding | None = None

    # StoreSwitch

    @property
    def binding(self) -> Binding | None:
        return self._binding

    @property
    def roles(self) -> StoreRoles | None:
        return self._assumed

    def assume(self, binding: Binding, roles: StoreRoles | None) -> None:
        self._binding, self._assumed = binding, roles

    @property
    def _roles(self) -> StoreRoles:
        if self._assumed is None:
            raise BlobStoreUnavailable("the settings lack the store in use; see storage and storage.other")
        return self._assumed

    @property
    def only(self) -> StoreName | None:
        """The store that is both read and written; None while blobs are moved, or if it is not in the settings."""
        roles = self._assumed
        return roles.writes if roles is not None and len(roles.reads) == 1 else None

    async def close(self) -> None:
        for store in self._stores.values():
            await store.close()

    # BlobFiles

    def path(self, key: BlobKey) -> str | None:
        roles = self._roles
        return self._stores[roles.writes].path(key) if len(roles.reads) == 1 else None

    # BlobStore

    async def put(self, key: BlobKey, source: StagedPath) -> None:
        await self._stores[self._roles.writes].put(key, source)

    def open(self, key: BlobKey, span: ByteRange | None = None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._opened(key, span)

    async def fetch(self, key: BlobKey, target: StagedPath) -> None:
        await self._where_found(lambda store: store.fetch(key, target))

    async def stat(self, key: BlobKey) -> BlobStat:
        return await self._where_found(lambda store: store.stat(key))

    async def delete(self, key: BlobKey) -> None:
        for name in self._roles.reads:
            await self._stores[name].delete(key)

    async def list(self) -> AsyncIterator[BlobStat]:
        async for each in self._stores[self._roles.writes].list():
            yield each

    async def probe(self) -> None:
        for name in self._roles.reads:
            await self._stores[name].probe()

    async def _where_found(self, work: Callable[[SwitchableStore], Awaitable[Result]]) -> Result:
        *others, last = self._roles.reads
        for name in others:
            try:
                return await work(self._stores[name])
            except BlobNotFound:
                continue
        return await work(self._stores[last])

    @asynccontextmanager
    async def _opened(self, key: BlobKey, span: ByteRange | None) -> AsyncIterator[AsyncIterator[bytes]]:
        async with AsyncExitStack() as stack:
            yield await self._where_found(lambda store: stack.enter_async_context(store.open(key, span)))


class SwitchedLinks(BlobLinks):
    """Links into the store in use; while blobs are moved, links to the service itself, which reads from both stores."""

    def __init__(self, stores: SwitchedBlobStore, links: Mapping[StoreName, BlobLinks], own: BlobLinks) -> None:
        self._stores = stores
        self._links = links
        self._own = own

    def sign(self, target: LinkTarget, at: datetime) -> str:
        name = self._stores.only
        return (self._own if name is None else self._links[name]).sign(target, at)

    def longest_lifetime(self) -> float:
        return max(links.longest_lifetime() for links in (self._own, *self._links.values()))
