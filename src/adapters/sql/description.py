"""What the database is."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text

from adapters.sql.schema.faults import faults
from adapters.sql.transactions.engine import Engine, is_sqlite


@dataclass(frozen=True, slots=True)
class DatabaseDescription:
    """``ahead``: the seconds that its server's clock is ahead of this machine's; None if it is this machine's."""

    product: str
    encoding: str
    ahead: float | None


async def describe(engine: Engine) -> DatabaseDescription:
    """
    Raises:
        DatabaseUnavailable: it does not answer.
    """
    with faults():
        async with engine.connect() as connection:
            if is_sqlite(engine.url):
                version = await connection.scalar(text("SELECT sqlite_version()"))
                encoding = await connection.scalar(text("PRAGMA encoding"))
                return DatabaseDescription(f"SQLite {version}", str(encoding), None)
            version = await connection.scalar(text("SHOW server_version"))
            encoding = await connection.scalar(text("SHOW server_encoding"))
            theirs = await connection.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(theirs, datetime)
    return DatabaseDescription(f"PostgreSQL {version}", str(encoding), (theirs - datetime.now(UTC)).total_seconds())
