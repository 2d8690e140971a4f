"""Installations without a service, to be backed up and restored."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from adapters.blobs.filesystem.store import FilesystemBlobStore
from adapters.sql.dumps import SqlDumps
from adapters.sql.transactions.database_url import parse_database_url
from adapters.sql.transactions.engine import make_engine
from adapters.system.concurrency import AsyncioConcurrency
from adapters.system.random_values import SystemRandomValues
from adapters.system.staging import FolderStaging
from domain.model.images.image import Image
from domain.model.images.naming import ImageName
from domain.model.storage.blob import BlobFacts, BlobKey, Digest
from domain.model.storage.store_move import Binding
from domain.ports.blobs import MarkedStore
from domain.use_cases.backups.backup_place import BackupPlace
from domain.use_cases.backups.make_backup import BackupEvent, BackupTally, MakeBackup
from domain.use_cases.backups.open_backup import OpenBackup
from domain.use_cases.backups.restore_backup import RestoreBackup
from domain.use_cases.backups.verify_backup import VerifyBackup
from domain.use_cases.stores.copy_blob import CopyBlob
from kit.fixtures.adapters import sql_database
from kit.fixtures.entities import SetClock, a_draft
from kit.fixtures.repositories import a_user
from kit.servers.postgres import upgraded

IDENTITY = "0123456789abcdef" * 2


@dataclass
class Installation:
    """A database and a store. Images are of one blob, whose bytes the test gives."""

    url: str
    store: MarkedStore
    staging: FolderStaging
    clock: SetClock = field(default_factory=SetClock)
    random_values: SystemRandomValues = field(default_factory=SystemRandomValues)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def open(self) -> None:
        self.engine = make_engine(parse_database_url(self.url))
        self._stack.push_async_callback(self.engine.dispose)
        self.database = await self._stack.enter_async_context(sql_database(self.url))

    async def close(self) -> None:
        await self._stack.aclose()

    async def reopen(self) -> None:
        """As another process, after this one."""
        await self.close()
        await self.open()

    @property
    def dumps(self) -> SqlDumps:
        return SqlDumps(self.engine, parse_database_url(self.url))

    def make_backup(self, place: MarkedStore) -> MakeBackup:
        return MakeBackup(
            units=self.database.units,
            blobs=self.store,
            dumps=self.dumps,
            place=BackupPlace(place, self.staging),
            copying=CopyBlob(self.staging),
            staging=self.staging,
            concurrency=AsyncioConcurrency(),
            clock=self.clock,
            random_values=self.random_values,
        )

    def open_backup(self, place: MarkedStore) -> OpenBackup:
        return OpenBackup(BackupPlace(place, self.staging), self.dumps, self.staging)

    def verify_backup(self, place: MarkedStore) -> VerifyBackup:
        return VerifyBackup(self.open_backup(place), AsyncioConcurrency())

    def restore_backup(self, place: MarkedStore) -> RestoreBackup:
        return RestoreBackup(
            open_backup=self.open_backup(place),
            dumps=self.dumps,
            units=self.database.units,
            store=self.store,
            copying=CopyBlob(self.staging),
            concurrency=AsyncioConcurrency(),
            random_values=self.random_values,
        )

    async def back_up(self, place: MarkedStore) -> BackupTally:
        return tally_of([event async for event in self.make_backup(place)()])

    # What a service would do

    async def begin(self) -> None:
        """As at a first start."""
        await self.store.write(IDENTITY)
        async with self.database.units.writing() as unit:
            await unit.store_binding.write(Binding(IDENTITY))
            await unit.commit()
        await a_user(self.database)

    async def put(self, data: bytes) -> tuple[BlobKey, BlobFacts]:
        """Stored bytes of an image that is about to be saved."""
        key = self.random_values.blob_key()
        async with self.database.units.writing() as unit:
            await unit.ledger.stage(key, self.clock.now())
            await unit.commit()
        async with self.staging.receive() as writer:
            await writer.write(data)
            await self.store.put(key, (await writer.finish()).path)
        digest = Digest(hashlib.sha256(data).hexdigest())
        return key, BlobFacts(digest=digest, size=len(data), media_type="image/jpeg")

    async def add(self, name: str, data: bytes) -> Image:
        key, facts = await self.put(data)
        async with self.database.units.writing() as unit:
            (user,) = await unit.users.list()
            draft = a_draft(user.id, name, key=key)
            draft = replace(draft, original=replace(draft.original, facts=facts), variants=())
            image = await unit.images.add(draft)
            await unit.ledger.promote(key, facts, self.clock.now(), image=image.id)
            await unit.commit()
        return image

    async def replace(self, image: Image, data: bytes) -> Image:
        """The earlier bytes are gone at once, which a service does only when no link leads to them any more."""
        key, facts = await self.put(data)
        async with self.database.units.writing() as unit:
            image = await unit.images.get(image.id)
            new = await unit.images.save(replace(image, original=replace(image.original, key=key, facts=facts)))
            await unit.ledger.promote(key, facts, self.clock.now(), image=image.id)
            await unit.ledger.doom(image.original.key, self.clock.now())
            await unit.commit()
        await self.store.delete(image.original.key)
        return new

    async def delete(self, image: Image) -> None:
        async with self.database.units.writing() as unit:
            await unit.images.remove(await unit.images.get(image.id))
            await unit.ledger.doom(image.original.key, self.clock.now())
            await unit.commit()
        await self.store.delete(image.original.key)

    async def bytes_of(self, image: Image) -> bytes:
        async with self.store.open(image.original.key) as steps:
            return b"".join([step async for step in steps])

    async def contents(self) -> dict[ImageName, bytes]:
        """The bytes of all images by their names."""
        async with self.database.units.reading() as unit:
            users = await unit.users.list()
            images = [
                await unit.images.get(id) for user in users for id in await unit.images.some_of(user.id, limit=1000)
            ]
        return {image.name: await self.bytes_of(image) for image in images}


def tally_of(events: list[BackupEvent]) -> BackupTally:
    assert isinstance(events[-1], BackupTally)
    return events[-1]


@asynccontextmanager
async def installation(folder: Path, url: str, store: MarkedStore | None = None) -> AsyncIterator[Installation]:
    """Without ``store``: its blobs are in a folder."""
    folder.mkdir(exist_ok=True)
    staging = FolderStaging(folder / "staging")
    staging.open()
    it = Installation(url, store or FilesystemBlobStore(folder / "blobs"), staging)
    await it.open()
    yield it
    await it.close()
    staging.close()


@asynccontextmanager
async def begun(folder: Path, url: str, store: MarkedStore | None = None) -> AsyncIterator[Installation]:
    await upgraded(url)
    async with installation(folder, url, store) as it:
        await it.begin()
        yield it
