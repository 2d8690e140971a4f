"""Whether the database answers, and can be written."""

import asyncio
import time

from adapters.sql.repositories.unit_of_work import SqlUnitsOfWork
from domain.errors import DatabaseUnavailable
from domain.model.storage.blob import BlobKey
from domain.ports.database.lookups import Lookups

PROBE_DEADLINE = 3.0  # seconds
WRITE_EVERY = 10.0  # seconds: anyone may ask, and each write waits for the disk
NO_KEY = BlobKey("")  # of no blob


class SqlProbe:
    """Queries the database over both kinds of connections, those of units of work and those of the hot reads, and writes
    to it now and then.
    """

    def __init__(self, units: SqlUnitsOfWork, lookups: Lookups) -> None:
        self._units = units
        self._lookups = lookups
        self._write_at = 0.0

    async def probe(self) -> None:
        """Return if both queries are answered, and what was written is durable. Nothing is written during maintenance.

        Raises:
            DatabaseUnavailable: one is not, or not in time.
            StorageFull: nothing can be written.
        """
        try:
            async with asyncio.timeout(PROBE_DEADLINE):
                async with self._units.reading() as unit:
                    await unit.store_binding.read()
                    await self._lookups.linked_blob(NO_KEY)
                if time.monotonic() >= self._write_at:
                    await self._units.check_writable()
                    self._write_at = time.monotonic() + WRITE_EVERY
        except TimeoutError as error:
            raise DatabaseUnavailable("no answer in time") from error
