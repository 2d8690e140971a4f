"""Make sure that the database and the blob stores belong together."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import BlobStoreUnavailable, StoreMismatch
from domain.model.storage.store_move import Binding, MovePhase, StoreName, StoreRoles
from domain.ports.blobs import StoreIdentity, StoreSwitch
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import RandomValues


@dataclass(frozen=True, slots=True)
class BindStore:
    """Mark a new store as the one that a new database belongs to; later, check that the mark is still there.

    - A disk that is not mounted, or the wrong store, is noticed before anything is read, written or swept.
    - The database names the stores to read from and to write to, by their marks, whatever names they are configured under.
    - Without ``create``, nothing is marked.
    - A move to a store that is not configured here is objected to, in the name of this ``process``, as long as it is only
      announced. Until it is cancelled, the old store is used on.
    """

    units: UnitsOfWork
    stores: Mapping[StoreName, StoreIdentity]
    switch: StoreSwitch
    random_values: RandomValues
    process: str = "a process"

    async def __call__(self, *, create: bool = True) -> None:
        main = next(iter(self.stores))
        bound, _ = await self._bound()
        mark = await self.stores[main].read() if bound is None else None
        bound, is_empty = await self._bound()  # again: a process that starts at the same time may have bound it
        roles = await self._roles(bound, {}) if bound is not None else None
        if bound is not None and roles is not None:
            self.switch.assume(bound, roles)
            return
        # A database without blobs may be bound to a store without a mark: nothing can be lost by it.
        if bound is not None:
            mark = await self.stores[main].read()
        is_foreign = mark is not None and (bound is None or mark != bound.identity)
        if is_foreign or not is_empty or (bound is not None and bound.move is not None):
            raise StoreMismatch
        if create:
            bound = bound or await self._decided()
            await self.stores[main].write(bound.identity)
            self.switch.assume(bound, StoreRoles(main, (main,)))

    async def follow(self) -> None:
        """Use the stores that the database names now.

        Raises:
            StoreMismatch: it names a store that is not configured.
            BlobStoreUnavailable: the store in use may be one that does not answer.
        """
        bound, _ = await self._bound()
        if bound is None or (bound == self.switch.binding and self.switch.roles is not None):
            return
        known = self._in_use()
        try:
            roles = await self._roles(bound, known)
        except BlobStoreUnavailable:
            if not self._can_go_on(bound, known):
                self.switch.assume(bound, None)  # no store is used rather than one that others may have left
            raise
        if roles is not None:
            self.switch.assume(bound, roles)
            return
        if self._can_go_on(bound, known):
            await self._object()
        else:
            self.switch.assume(bound, None)
        raise StoreMismatch

    @staticmethod
    def _can_go_on(bound: Binding, known: Mapping[str, StoreName]) -> bool:
        """Whether all bytes are still in a store that is in use here."""
        is_announced = bound.move is not None and bound.move.phase is MovePhase.ANNOUNCED
        return is_announced and bound.identity in known

    async def _object(self) -> None:
        async with self.units.reading() as unit:
            if self.process in await unit.store_binding.objections():
                return
        async with self.units.writing() as unit:
            await unit.store_binding.read()  # it cannot be changed by others now
            await unit.store_binding.object(self.process)
            await unit.commit()

    async def _bound(self) -> tuple[Binding | None, bool]:
        async with self.units.reading() as unit:
            return await unit.store_binding.read(), await unit.ledger.is_empty()

    async def _decided(self) -> Binding:
        async with self.units.writing() as unit:
            bound = await unit.store_binding.read()
            if bound is None:
                bound = Binding(self.random_values.store_identity())
                await unit.store_binding.write(bound)
            await unit.commit()
        return bound

    async def _roles(self, bound: Binding, known: Mapping[str, StoreName]) -> StoreRoles | None:
        """The roles of the stores; None if a store that the database names is not configured.

        Stores are asked for their marks until all that are named are found. The others need not answer, nor need those whose
        marks are ``known``: the later steps of a move must not fail because a store in use does not answer for a moment.

        Raises:
            BlobStoreUnavailable: a store does not answer, and may be one that is named.
        """
        names = dict(known)
        trouble: BlobStoreUnavailable | None = None
        for name, store in self.stores.items():
            if set(bound.reads) <= set(names):
                break
            if name in names.values():
                continue
            try:
                mark = await store.read()
            except BlobStoreUnavailable as error:
                trouble = error
                continue
            if mark is not None:
                names.setdefault(mark, name)
        if set(bound.reads) <= set(names):
            return StoreRoles(names[bound.writes], tuple(names[mark] for mark in bound.reads))
        if trouble is not None:
            raise trouble
        return None

    def _in_use(self) -> Mapping[str, StoreName]:
        """The names of the stores in use, by their marks."""
        binding, roles = self.switch.binding, self.switch.roles
        return dict(zip(binding.reads, roles.reads, strict=True)) if binding is not None and roles is not None else {}
