"""Two stores, one database, and processes that follow what it says."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from adapters.blobs.switched import SwitchedBlobStore
from adapters.memory.blobs import MemoryBlobStore
from adapters.memory.units_of_work import MemoryUnitsOfWork
from adapters.system.mint import RandomMint
from behaviour.crashing import Fate, Fated
from behaviour.house import House
from domain.model.storage.store_move import MovePhase, StoreName
from domain.ports.blobs import BlobLinks
from domain.use_cases.stores.bind_store import BindStore
from domain.use_cases.stores.copy_blob import CopyBlob, CopyOutcome
from domain.use_cases.stores.move_store import MoveStore

OLD, NEW = StoreName("storage"), StoreName("storage.other")
LONGEST_PUT = timedelta(minutes=5)


@dataclass
class Street:
    """Two stores, one database, and processes that each follow what it says when they look."""

    house: House
    fate: Fate = field(default_factory=Fate)

    def __post_init__(self) -> None:
        self.stores = {OLD: self.house.blobs, NEW: MemoryBlobStore()}
        fated: Any = {name: Fated(store, self.fate) for name, store in self.stores.items()}
        units: Any = Fated(MemoryUnitsOfWork(self.house.database), self.fate)
        links: dict[StoreName, BlobLinks] = {OLD: self.house.links, NEW: self.house.links}
        copying = CopyBlob(self.house.staging)
        self.moving = MoveStore(
            units, fated, copying, links, self.house.links, self.house.clock, RandomMint(), LONGEST_PUT
        )

    async def process(self) -> SwitchedBlobStore:
        """Another process of the service, that has just looked."""
        switch = SwitchedBlobStore(self.stores)
        await self.binding(switch)()
        return switch

    def binding(self, switch: SwitchedBlobStore) -> BindStore:
        return BindStore(MemoryUnitsOfWork(self.house.database), self.stores, switch, RandomMint())

    async def move(self, to: StoreName) -> None:
        """The whole of it, as the command does it."""
        place = await self.moving.begin(to)
        if place.phase is MovePhase.ANNOUNCED:
            await self.moving.proceed(place)
        async for record in self.moving.needed():
            assert await self.moving.copy(record, place) in (CopyOutcome.COPIED, CopyOutcome.THERE)

    async def finish(self) -> None:
        async for _ in self.moving.clear(await self.moving.finish(break_links=False)):
            pass

    async def keys(self, name: StoreName) -> set[str]:
        return {stat.key async for stat in self.stores[name].list()}

    async def check_readable(self, switch: SwitchedBlobStore) -> None:
        for image in self.house.pictures():
            async with switch.open(image.original.key) as steps:
                data = b"".join([step async for step in steps])
            assert hashlib.sha256(data).hexdigest() == image.original.facts.digest


async def a_blob(street: Street) -> tuple[Any, Any]:
    """A blob as an upload under way leaves it: announced, and its bytes staged."""
    key = street.house.mint.blob_key()
    async with MemoryUnitsOfWork(street.house.database).writing() as unit:
        await unit.ledger.stage(key, street.house.clock.now())
        await unit.commit()
    path = street.house.staging.inlets / key
    path.write_bytes(b"bytes")
    return key, str(path)
