"""The contract of Clock, on every clock."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.sql.database_clock import DatabaseClock
from adapters.sql.transactions.database_url import parse_database_url
from adapters.sql.transactions.engine import make_engine
from adapters.system.clock import SystemClock
from domain.ports.system import Clock
from kit.servers.postgres import Postgres

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["machine", "sqlite", "postgres"])
async def clock(request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres) -> AsyncIterator[Clock]:
    if request.param == "machine":
        yield SystemClock()
        return
    url = await postgres.database() if request.param == "postgres" else f"sqlite:///{tmp_path}/database"
    engine = make_engine(parse_database_url(url))
    clock = DatabaseClock(engine)
    await clock.look()
    yield clock
    await engine.dispose()


async def test_the_time_is_that_of_now_and_in_utc(clock: Clock) -> None:
    seen = [clock.now() for _ in range(100)]
    assert {each.utcoffset() for each in seen} == {timedelta(0)}
    assert seen == sorted(seen)
    assert abs(datetime.now(UTC) - seen[-1]) < timedelta(seconds=5)
