"""Proofs that take minutes, each by a make target of its own; they use what the tests use."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from object_stores import ObjectStores
from postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    postgres = Postgres()
    yield postgres
    postgres.close()


@pytest.fixture(scope="session")
def object_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStores]:
    with ExitStack() as stack:
        yield ObjectStores(tmp_path_factory.mktemp("object stores"), stack)
