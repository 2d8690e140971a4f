"""Warnings about jobs without a handler."""

import asyncio
from collections.abc import Collection

from adapters.jobs.lease import log
from domain.errors import CalotypeError
from domain.model.jobs.job import JobKind, JobState
from domain.ports.database.unit_of_work import UnitsOfWork

LOOK_EVERY = 60.0  # seconds


class UnknownKinds:
    """Warns of each kind that has pending jobs but no handler in this process, once."""

    def __init__(self, units: UnitsOfWork) -> None:
        self._units = units
        self._told: set[JobKind] = set()

    async def watch(self, known: Collection[JobKind]) -> None:
        """Check periodically, until cancelled."""
        while True:
            try:
                await self._look(known)
            except CalotypeError as error:
                log.warning("cannot look for jobs of unknown kinds: %s", error.code)
            await asyncio.sleep(LOOK_EVERY)

    async def _look(self, known: Collection[JobKind]) -> None:
        async with self._units.reading() as unit:
            tally = await unit.jobs.tally()
        pending = {kind for kind, state in tally if state is JobState.PENDING}
        for kind in sorted(pending - set(known) - self._told):
            log.warning("jobs of the kind %r are left alone: only a newer version of Calotype can do them", kind)
            self._told.add(kind)
