"""Places for installations and backups, of each kind."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from adapters.blobs.filesystem.store import FilesystemBlobStore
from adapters.blobs.s3.store import MinioBlobStore
from adapters.system.clock import SystemClock
from domain.model.storage.blob import BlobKey
from domain.ports.blobs import MarkedStore
from domain.use_cases.backups.restore_backup import BlobRestored, RestoreEvent
from domain.use_cases.backups.verify_backup import BlobCondition, BlobVerified
from kit.backups.installations import Installation, begun, installation
from kit.servers.object_stores import ObjectStores
from kit.servers.postgres import Postgres

KINDS = ["sqlite and folder", "postgres and s3"]


@dataclass
class Places:
    """Makes installations, and places for backups, of one kind."""

    kind: str
    folder: Path
    postgres: Postgres
    object_stores: ObjectStores
    stack: AsyncExitStack
    made: int = 0

    async def fresh(self, *, is_begun: bool = False, store: MarkedStore | None = None) -> Installation:
        self.made += 1
        folder = self.folder / f"installation-{self.made}"
        folder.mkdir()
        if self.kind == "sqlite and folder":
            url = f"sqlite+aiosqlite:///{folder}/test.sqlite3"
            store = store or FilesystemBlobStore(folder / "blobs")
        else:
            url, store = await self.postgres.database(), store or self.store()
        make = begun if is_begun else installation
        return await self.stack.enter_async_context(make(folder, url, store))

    def store(self) -> MarkedStore:
        """Nothing is in it, not even a mark."""
        self.made += 1
        if self.kind == "sqlite and folder":
            return FilesystemBlobStore(self.folder / f"place-{self.made}")
        store = MinioBlobStore(self.object_stores.usual.make_bucket(), SystemClock())
        self.stack.push_async_callback(store.close)
        return store


async def keys(store: MarkedStore) -> set[BlobKey]:
    return {stat.key async for stat in store.list()}


async def restored(target: Installation, place: MarkedStore) -> list[BlobRestored]:
    await target.reopen()
    events: list[RestoreEvent] = [event async for event in target.restore_backup(place)()]
    return [event for event in events if isinstance(event, BlobRestored)]


async def conditions(it: Installation, place: MarkedStore) -> list[BlobCondition]:
    return [event.condition async for event in it.verify_backup(place)() if isinstance(event, BlobVerified)]
