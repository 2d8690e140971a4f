"""Maintenance as a value."""

from datetime import datetime

from adapters.memory.state import MemoryState
from domain.ports.database.maintenance import Maintenance


class MemoryMaintenance(Maintenance):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def since(self) -> datetime | None:
        return self._state.maintenance_since

    async def begin(self, at: datetime) -> datetime:
        self._state.maintenance_since = self._state.maintenance_since or at
        return self._state.maintenance_since

    async def end(self) -> None:
        self._state.maintenance_since = None
