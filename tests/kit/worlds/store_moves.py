"""Two stores, one database, and processes that follow what it says."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from adapters.blobs.switched import SwitchedBlobStore
from adapters.memory.blobs import MemoryBlobStore
from adapters.memory.units_of_work import MemoryUnitsOfWork
from adapters.system.concurrency import AsyncioConcurrency
from adapters.system.random_values import SystemRandomValues
from domain.model.storage.store_move import StoreName
from domain.ports.blobs import BlobLinks
from domain.use_cases.stores.bind_store import BindStore
from domain.use_cases.stores.copy_blob import CopyBlob
from domain.use_cases.stores.finish_move import FinishMove
from domain.use_cases.stores.move_steps import MoveSteps
from domain.use_cases.stores.move_store import MoveStore, MoveTally
from kit.worlds.application import Application
from kit.worlds.entities import SkippedPauses
from kit.worlds.faults import FaultPlan, Faulty

OLD, NEW = StoreName("storage"), StoreName("storage.other")
LONGEST_PUT = timedelta(minutes=5)


@dataclass
class MovingStores:
    """Two stores, one database, and processes that each follow what it says when they look."""

    application: Application
    faults: FaultPlan = field(default_factory=FaultPlan)

    def __post_init__(self) -> None:
        self.stores = {OLD: self.application.blobs, NEW: MemoryBlobStore()}
        faulty: Any = {name: Faulty(store, self.faults) for name, store in self.stores.items()}
        units: Any = Faulty(MemoryUnitsOfWork(self.application.database), self.faults)
        links: dict[StoreName, BlobLinks] = {OLD: self.application.links, NEW: self.application.links}
        copying = CopyBlob(self.application.staging)
        self.steps = MoveSteps(
            units,
            faulty,
            copying,
            links,
            self.application.links,
            self.application.clock,
            SystemRandomValues(),
            LONGEST_PUT,
        )
        pauses = SkippedPauses(self.application.clock)
        self.move_store = MoveStore(self.steps, AsyncioConcurrency(), pauses)
        self.finish_move = FinishMove(self.steps, pauses)

    async def process(self) -> SwitchedBlobStore:
        """Another process of the service, that has just looked."""
        switch = SwitchedBlobStore(self.stores)
        await self.binding(switch)()
        return switch

    def binding(self, switch: SwitchedBlobStore) -> BindStore:
        return BindStore(MemoryUnitsOfWork(self.application.database), self.stores, switch, SystemRandomValues())

    async def move(self, to: StoreName) -> None:
        *_, tally = [event async for event in self.move_store(to)]
        assert isinstance(tally, MoveTally)
        assert tally.is_complete

    async def finish(self) -> None:
        async for _ in self.finish_move(keep=False, break_links=False):
            pass

    async def keys(self, name: StoreName) -> set[str]:
        return {stat.key async for stat in self.stores[name].list()}

    async def check_readable(self, switch: SwitchedBlobStore) -> None:
        for image in self.application.pictures():
            async with switch.open(image.original.key) as steps:
                data = b"".join([step async for step in steps])
            assert hashlib.sha256(data).hexdigest() == image.original.facts.digest


async def a_blob(moving: MovingStores) -> tuple[Any, Any]:
    """A blob as an upload under way leaves it: announced, and its bytes staged."""
    key = moving.application.random_values.blob_key()
    async with MemoryUnitsOfWork(moving.application.database).writing() as unit:
        await unit.ledger.stage(key, moving.application.clock.now())
        await unit.commit()
    path = moving.application.staging.inlets / key
    path.write_bytes(b"bytes")
    return key, str(path)
