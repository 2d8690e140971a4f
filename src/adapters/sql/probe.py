"""Whether the database answers."""

import asyncio

from domain.errors import DatabaseUnavailable
from domain.model.storage.blob import BlobKey
from domain.ports.lookups import Lookups
from domain.ports.unit_of_work import UnitsOfWork

PROBE_DEADLINE = 3.0  # seconds
NO_KEY = BlobKey("")


class SqlProbe:
    """Asks on both ways to the database: that of units of work, and that of the hot reads."""

    def __init__(self, units: UnitsOfWork, lookups: Lookups) -> None:
        self._units = units
        self._lookups = lookups

    async def probe(self) -> None:
        """Return if a query is answered.

        Raises:
            DatabaseUnavailable: it is not, or not in time.
        """
        try:
            async with asyncio.timeout(PROBE_DEADLINE), self._units.reading() as unit:
                await unit.store_binding.read()
                await self._lookups.blob(NO_KEY)
        except TimeoutError as error:
            raise DatabaseUnavailable("no answer in time") from error
