"""Whether there is maintenance: a row that is there as long as it lasts."""

from datetime import datetime

from sqlalchemy import delete, insert, select, text

from adapters.sql.schema.moments import instant, micros
from adapters.sql.schema.tables import maintenance
from adapters.sql.transactions.connection import Connection
from domain.ports.database.maintenance import Maintenance

SINCE = select(maintenance.c.since)
BEGIN = insert(maintenance)
END = delete(maintenance)


class SqlMaintenance(Maintenance):
    def __init__(self, connection: Connection, *, locks: bool) -> None:
        self._connection = connection
        self._locks = locks

    async def since(self) -> datetime | None:
        found = await self._connection.execute_by_key(SINCE)
        return instant(found.value) if found.rows else None

    async def begin(self, at: datetime) -> datetime:
        if self._locks:  # each writer has read the table, and so holds a lock on it until its end
            await self._connection.execute(text("LOCK TABLE maintenance IN ACCESS EXCLUSIVE MODE"))
        since = await self.since()
        if since is None:
            await self._connection.execute(BEGIN, {"id": 1, "since": micros(at)})
        return since or at

    async def end(self) -> None:
        await self._connection.execute(END)
