"""Whether the database answers."""

import asyncio

from domain.errors import DatabaseUnavailable
from domain.model.storage.blob import BlobKey
from domain.ports.database.lookups import Lookups
from domain.ports.database.unit_of_work import UnitsOfWork

PROBE_DEADLINE = 3.0  # seconds
NO_KEY = BlobKey("")  # of no blob


class SqlProbe:
    """Queries the database over both kinds of connections: those of units of work, and those of the hot reads."""

    def __init__(self, units: UnitsOfWork, lookups: Lookups) -> None:
        self._units = units
        self._lookups = lookups

    async def probe(self) -> None:
        """Return if both queries are answered.

        Raises:
            DatabaseUnavailable: one is not, or not in time.
        """
        try:
            async with asyncio.timeout(PROBE_DEADLINE), self._units.reading() as unit:
                await unit.store_binding.read()
                await self._lookups.linked_blob(NO_KEY)
        except TimeoutError as error:
            raise DatabaseUnavailable("no answer in time") from error
