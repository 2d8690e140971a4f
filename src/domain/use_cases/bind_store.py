"""Make sure that the database and the blob store belong together."""

from dataclasses import dataclass

from domain.errors import StoreMismatch
from domain.ports.blobs import StoreIdentity
from domain.ports.system import Mint
from domain.ports.unit_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class BindStore:
    """Mark a fresh store as the one that a fresh database belongs to; afterwards, see that the mark is still there.

    - A disk that is not mounted, or another store, is noticed before anything is read, written or swept.
    - Without ``create`` nothing is marked: for those who only look.
    """

    units: UnitsOfWork
    store: StoreIdentity
    mint: Mint

    async def __call__(self, *, create: bool = True) -> None:
        mark = await self.store.read()  # before the database, which a process that starts at the same time binds first
        async with self.units.reading() as unit:
            bound, is_empty = await unit.store_binding.read(), await unit.ledger.is_empty()
        if bound is not None and bound == mark:
            return
        # A database that knows of no blob may adopt a store without a mark: nothing can be lost between them.
        if mark is not None or not is_empty:
            raise StoreMismatch
        if not create:
            return
        if bound is None:
            async with self.units.writing() as unit:
                bound = await unit.store_binding.read()
                if bound is None:
                    bound = self.mint.store_identity()
                    await unit.store_binding.write(bound)
                await unit.commit()
        await self.store.write(bound)
