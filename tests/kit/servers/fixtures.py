"""Fixtures of servers that are started on first use, for tests and proofs."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from kit.servers.object_stores import ObjectStores
from kit.servers.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    postgres = Postgres()
    yield postgres
    postgres.close()


@pytest.fixture(scope="session")
def object_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStores]:
    with ExitStack() as stack:
        yield ObjectStores(tmp_path_factory.mktemp("object stores"), stack)
