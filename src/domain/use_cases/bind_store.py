"""Make sure that the database and the blob stores belong together."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import StoreMismatch
from domain.model.store_move import Binding, StoreName, StoreRoles
from domain.ports.blobs import StoreIdentity, StoreSwitch
from domain.ports.system import Mint
from domain.ports.unit_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class BindStore:
    """Mark a fresh store as the one that a fresh database belongs to; afterwards, see that the mark is still there.

    - A disk that is not mounted, or another store, is noticed before anything is read, written or swept.
    - The stores that are read from and written to are those that the database names, wherever the settings have them.
    - Without ``create`` nothing is marked: for those who only look.
    """

    units: UnitsOfWork
    stores: Mapping[StoreName, StoreIdentity]
    switch: StoreSwitch
    mint: Mint

    async def __call__(self, *, create: bool = True) -> None:
        main = next(iter(self.stores))
        mark = await self.stores[
            main
        ].read()  # before the database, which a process starting at the same time binds first
        async with self.units.reading() as unit:
            bound, is_empty = await unit.store_binding.read(), await unit.ledger.is_empty()
        roles = await self._roles(bound, {main: mark}) if bound is not None else None
        if bound is not None and roles is not None:
            self.switch.assume(bound, roles)
            return
        # A database that knows of no blob may adopt a store without a mark: nothing can be lost between them.
        if mark is not None or not is_empty or (bound is not None and bound.move is not None):
            raise StoreMismatch
        if not create:
            return
        if bound is None:
            bound = await self._decided()
        await self.stores[main].write(bound.identity)
        self.switch.assume(bound, StoreRoles(main, (main,)))

    async def follow(self) -> None:
        """Do as the database says now, if it says something new.

        Raises:
            StoreMismatch: it names a store that the settings do not have.
        """
        async with self.units.reading() as unit:
            bound = await unit.store_binding.read()
        if bound is None or (bound == self.switch.binding and self.switch.is_known):
            return
        roles = await self._roles(bound, {})
        self.switch.assume(bound, roles)
        if roles is None:
            raise StoreMismatch

    async def _decided(self) -> Binding:
        async with self.units.writing() as unit:
            bound = await unit.store_binding.read()
            if bound is None:
                bound = Binding(self.mint.store_identity())
                await unit.store_binding.write(bound)
            await unit.commit()
        return bound

    async def _roles(self, bound: Binding, marks: dict[StoreName, str | None]) -> StoreRoles | None:
        """None if a store is not there. A store that need not be asked is not: it may be away."""
        for name, store in self.stores.items():
            if set(bound.reads) <= set(marks.values()):
                break
            if name not in marks:
                marks[name] = await store.read()
        names = {mark: name for name, mark in marks.items() if mark is not None}
        if not set(bound.reads) <= set(names):
            return None
        return StoreRoles(names[bound.writes], tuple(names[mark] for mark in bound.reads))
