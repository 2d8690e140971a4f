"""The clock that several machines share."""

import subprocess
import sys
from datetime import UTC, datetime

from kit.servers import programs
from kit.servers.postgres import Postgres

SHOW = """
import asyncio, sys, time
from datetime import UTC, datetime
from adapters.sql.database_clock import DatabaseClock
from adapters.sql.transactions.database_url import parse_database_url
from adapters.sql.transactions.engine import make_engine

async def main():
    engine = make_engine(parse_database_url(sys.argv[1]))
    clock = DatabaseClock(engine)
    await clock.look()
    time.sleep(0.2)
    print(clock.now().isoformat(), datetime.now(UTC).isoformat())
    await engine.dispose()

asyncio.run(main())
"""


def test_a_machine_whose_clock_is_ahead_has_the_time_of_the_database(postgres: Postgres) -> None:
    command = [*programs.two_hours_ahead(), sys.executable, "-c", SHOW, postgres.fresh_url()]
    before = datetime.now(UTC)
    shared, own = map(
        datetime.fromisoformat, subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    )
    assert before <= shared <= datetime.now(UTC)
    assert (own - shared).total_seconds() > 7000
