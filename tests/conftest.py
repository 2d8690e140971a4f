"""What every test may use."""

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import settings

from kit.fixtures.folders import corpus, staging
from kit.servers import programs
from kit.servers.calotype import Server, running
from kit.servers.fixtures import object_stores, postgres

settings.register_profile("on any machine", deadline=None)
settings.load_profile("on any machine")

__all__ = ["corpus", "object_stores", "postgres", "staging"]


def pytest_report_header() -> list[str]:
    return programs.described()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that do not stop or damage it; each test has a user of its own."""
    generous = {"CALOTYPE_AUTH__FAILURES_PER_ADDRESS": "10000"}
    with running(tmp_path_factory.mktemp("server"), **generous) as server:
        yield server


@pytest.fixture
def username(request: pytest.FixtureRequest) -> str:
    """A username that no other test uses."""
    return f"user-{abs(hash(request.node.nodeid)) % 10**12}"


@pytest.fixture
def client(server: Server, username: str) -> Iterator[httpx.Client]:
    """A REST client of a user of its own."""
    with server.client(server.token(username)) as client:
        yield client
