"""Whether the database answers."""

import asyncio

from domain.errors import DatabaseUnavailable
from domain.ports.unit_of_work import UnitsOfWork

PROBE_DEADLINE = 3.0  # seconds


class SqlProbe:
    def __init__(self, units: UnitsOfWork) -> None:
        self._units = units

    async def probe(self) -> None:
        """Return if a query is answered.

        Raises:
            DatabaseUnavailable: it is not, or not in time.
        """
        try:
            async with asyncio.timeout(PROBE_DEADLINE), self._units.reading() as unit:
                await unit.store_binding.read()
        except TimeoutError as error:
            raise DatabaseUnavailable("no answer in time") from error
