"""Every adapter of every port that is held to laws; an adapter joins all laws of its port with one line here."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from adapters.blobs.filesystem.store import FilesystemBlobStore
from adapters.blobs.s3.store import MinioBlobStore
from adapters.memory.blobs import MemoryBlobStore
from adapters.memory.catalogue import MemoryCatalogue
from adapters.memory.units_of_work import MemoryDatabase, MemoryLookups, MemoryUnitsOfWork
from adapters.sql.reads.catalogue import SqlCatalogue
from adapters.sql.reads.drivers import make_driver, make_list_drivers
from adapters.sql.reads.image_cache import ImageCache
from adapters.sql.reads.lookups import SqlLookups
from adapters.sql.repositories.unit_of_work import SqlUnitsOfWork
from adapters.sql.transactions.engine import make_engine, parse_database_url
from domain.ports.blobs import BlobStore
from domain.ports.database.catalogue import Catalogue
from domain.ports.database.lookups import Lookups
from domain.ports.database.unit_of_work import UnitsOfWork
from kit.servers.object_stores import SERVERS, ObjectStores
from kit.servers.postgres import Postgres, upgraded


@dataclass(frozen=True)
class Database:
    units: UnitsOfWork
    lookups: Lookups
    catalogue: Catalogue


@asynccontextmanager
async def memory_database(_: Path, __: Postgres) -> AsyncIterator[Database]:
    database = MemoryDatabase()
    yield Database(MemoryUnitsOfWork(database), MemoryLookups(database), MemoryCatalogue(database))


@asynccontextmanager
async def sqlite_database(folder: Path, _: Postgres) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{folder / 'test.sqlite3'}"
    await upgraded(url)
    async with sql_database(url) as database:
        yield database


@asynccontextmanager
async def postgres_database(_: Path, postgres: Postgres) -> AsyncIterator[Database]:
    async with sql_database(await postgres.upgraded_database()) as database:
        yield database


@asynccontextmanager
async def sql_database(url: str) -> AsyncIterator[Database]:
    engine = make_engine(parse_database_url(url))
    known = ImageCache()
    lookups = SqlLookups(make_driver(parse_database_url(url)), known)
    catalogue = SqlCatalogue(make_list_drivers(parse_database_url(url), 2), known)
    yield Database(SqlUnitsOfWork(engine), lookups, catalogue)
    await catalogue.close()
    await lookups.close()
    await engine.dispose()


DATABASES: dict[str, Callable[[Path, Postgres], AbstractAsyncContextManager[Database]]] = {
    "memory": memory_database,
    "sqlite": sqlite_database,
    "postgres": postgres_database,
}


@asynccontextmanager
async def memory_store(_: Path, __: ObjectStores) -> AsyncIterator[BlobStore]:
    yield MemoryBlobStore()


@asynccontextmanager
async def filesystem_store(folder: Path, _: ObjectStores) -> AsyncIterator[BlobStore]:
    store = FilesystemBlobStore(folder / "blobs")
    await store.write("the first start marks the store")
    yield store


def minio_store(server: str) -> "StoreFactory":
    @asynccontextmanager
    async def opened(_: Path, servers: ObjectStores) -> AsyncIterator[BlobStore]:
        store = MinioBlobStore(servers.named(server).make_bucket())
        await store.write("the first start marks the store")
        yield store
        await store.close()

    return opened


StoreFactory: TypeAlias = Callable[[Path, ObjectStores], AbstractAsyncContextManager[BlobStore]]

BLOB_STORES: dict[str, StoreFactory] = {
    "memory": memory_store,
    "filesystem": filesystem_store,
    **{server: minio_store(server) for server in SERVERS},
}
