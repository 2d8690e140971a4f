"""The clock of the database, which is the same for all machines that share it."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from adapters.sql.schema.faults import faults
from adapters.sql.transactions.engine import Engine, is_sqlite
from domain.ports.system import Clock

NOW = text("SELECT clock_timestamp()")


class DatabaseClock(Clock):
    """PostgreSQL's clock, as it was at the last ``look``, going on with the monotonic time of this machine.

    So it does not follow when the clock of this machine is wrong, or set. On SQLite, and before the first look, it is the clock
    of this machine, which all processes share.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._base: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        if self._base is None:
            return datetime.now(UTC)
        seen, at = self._base
        return seen + timedelta(seconds=time.monotonic() - at)

    async def look(self) -> None:
        """Read the clock of the database.

        Raises:
            DatabaseUnavailable: it does not answer.
        """
        if is_sqlite(self._engine.url):
            return
        with faults():
            async with self._engine.connect() as connection:
                await connection.execute(NOW)  # the first statement may wait for the connection
                before = time.monotonic()
                seen: datetime = (await connection.execute(NOW)).scalar_one()
                after = time.monotonic()
        self._base = seen, (before + after) / 2
