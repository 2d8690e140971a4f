"""An installation and places for its backups, on each database and store."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from kit.backups.installations import Installation
from kit.backups.places import KINDS, Places
from kit.servers.object_stores import ObjectStores
from kit.servers.postgres import Postgres


@pytest.fixture(params=KINDS)
async def places(
    request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str, postgres: Postgres, object_stores: ObjectStores
) -> AsyncIterator[Places]:
    async with AsyncExitStack() as stack:
        yield Places(request.param, tmp_path, postgres, object_stores, stack)


@pytest.fixture
async def source(places: Places) -> Installation:
    """With three images."""
    source = await places.fresh(is_begun=True)
    for name in "abc":
        await source.add(f"{name}.jpg", name.encode() * 1000)
    return source
