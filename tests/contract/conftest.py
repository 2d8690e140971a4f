"""The adapters that each contract test runs on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.ports.blobs import BlobStore
from kit.fixtures.adapters import BLOB_STORES, DATABASES, Database
from kit.servers.object_stores import ObjectStores
from kit.servers.postgres import Postgres


@pytest.fixture(params=DATABASES)
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str, postgres: Postgres
) -> AsyncIterator[Database]:
    async with DATABASES[request.param](tmp_path, postgres) as database:
        yield database


@pytest.fixture(params=BLOB_STORES)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str, object_stores: ObjectStores
) -> AsyncIterator[BlobStore]:
    async with BLOB_STORES[request.param](tmp_path, object_stores) as store:
        yield store
