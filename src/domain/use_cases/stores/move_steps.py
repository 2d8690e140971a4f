"""The steps of a move from one blob store to another, each of which leaves the service working."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.errors import (
    BlobsLeft,
    BlobsNotCopied,
    LinksPromised,
    MoveCancelled,
    MoveChanged,
    MoveNotStarted,
    MovingStoreUnknown,
    NoMoveInProgress,
    NoSuchStore,
    NothingToMove,
    StoreInUse,
    StoreMarkedTwice,
    StoreNotEverywhere,
    StoreOfAnotherInstallation,
    UploadsInProgress,
)
from domain.model.storage.blob import BlobKey, BlobRecord, BlobState
from domain.model.storage.store_move import Binding, MovePhase, MovePlace, StoreMove, StoreName, installation_of
from domain.ports.blobs import BlobLinks, MarkedStore
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.system import Clock, RandomValues
from domain.use_cases.blobs.blob_lifecycle import links_last_until
from domain.use_cases.blobs.walk_ledger import walk_ledger
from domain.use_cases.maintenance import CheckWritable
from domain.use_cases.stores.copy_blob import CopyBlob, CopyOutcome

NOTICE = timedelta(seconds=10)
"""After this time every process has read the state of the move, which it does once a second.

One that cannot reach the new store goes on with the old one until new bytes are sent to the new one; then it uses none.
"""


@dataclass(frozen=True, slots=True)
class MoveSteps:
    """The steps of a move. ``MoveStore`` and ``FinishMove`` take them in order, and wait between them.

    - ``begin`` lets every process read from both stores. Once they all do, ``proceed`` sends new bytes to the new store.
    - Each blob that ``needed`` yields is then copied by ``copy``, in any order and any number of times.
    - Nothing that is needed is removed from the old store before ``finish``, which checks that the new store has
      everything. ``clear`` then removes all blobs from the old store.
    - A move can be stopped at any time and continues when it is run again. A move back is done in the same way.
    - Meanwhile nothing is swept, and links lead to the service, which knows both stores. An image that is deleted is
      removed from both.
    """

    units: UnitsOfWork
    stores: Mapping[StoreName, MarkedStore]
    copying: CopyBlob
    links: Mapping[StoreName, BlobLinks]
    own_links: BlobLinks
    clock: Clock
    random_values: RandomValues
    longest_put: timedelta
    """After this time, an upload that was being put into the old store when the new one took over has ended."""

    async def where(self) -> tuple[StoreName, MovePlace | None]:
        """The store that the database belongs to, and the move that is in progress.

        Raises:
            CannotMove: nothing is stored yet, or a store that is needed is not configured.
        """
        async with self.units.reading() as unit:
            bound = await unit.store_binding.read()
        if bound is None:
            raise NothingToMove
        names = await self._names()
        if not set(bound.reads) <= set(names):
            raise MovingStoreUnknown
        home = names[bound.identity]
        if bound.move is None:
            return home, None
        return home, MovePlace(home, names[bound.move.target], bound.move.phase, bound.move.since)

    async def begin(self, to: StoreName) -> MovePlace:
        """Announce the move, or continue it. A move to the store that the bytes come from leads back.

        That is not announced, because every process reads from both stores already; and no step may forget the store
        that the bytes come from before all are copied.

        Raises:
            CannotMove: the store is in use already, is not configured, or belongs to another installation.
            ReadOnly: there is maintenance.
        """
        await CheckWritable(self.units)()
        await self.check(to)
        _, under_way = await self.where()
        is_continued = under_way is not None and under_way.target == to
        if under_way is not None and is_continued and under_way.phase is MovePhase.MOVING:
            return under_way
        if under_way is not None and not is_continued and under_way.phase is MovePhase.ANNOUNCED:
            await self._write(under_way, None)
            raise MoveCancelled(under_way.target)
        phase = MovePhase.ANNOUNCED if under_way is None or is_continued else MovePhase.MOVING
        move = StoreMove(target=await self._marked(to), phase=phase, since=self.clock.now())
        await self._write(under_way, move)
        _, place = await self.where()
        if place is None:
            raise MoveChanged
        return place

    async def proceed(self, place: MovePlace) -> None:
        """Send new bytes to the new store from now on. Every process must already read from both.

        Raises:
            StoreNotEverywhere: some object, since they lack the store. The move is cancelled.
            CannotMove: the move was changed by others.
        """
        async with self.units.writing() as unit:
            bound = await unit.store_binding.read()
            if bound is None or bound.move is None or bound.move.since != place.since:
                raise MoveChanged
            if objections := await unit.store_binding.objections():
                await unit.store_binding.write(Binding(bound.identity))
                await unit.commit()
                raise StoreNotEverywhere(place.target, tuple(objections))
            moving = replace(bound.move, phase=MovePhase.MOVING, since=self.clock.now())
            await unit.store_binding.write(Binding(bound.identity, moving))
            await unit.commit()

    async def needed(self) -> AsyncIterator[BlobRecord]:
        """Every blob that may still be read, or that an image may come to refer to."""
        async for record in walk_ledger(self.units):
            if record.is_needed(self.clock.now()):
                yield record

    async def count(self) -> int:
        """About how many blobs there are."""
        async with self.units.reading() as unit:
            return await unit.ledger.count()

    async def check(self, to: StoreName) -> None:
        """Return if a move to that store could begin or be continued.

        Raises:
            CannotMove: as ``begin``; but nothing is changed.
        """
        if to not in self.stores:
            raise NoSuchStore(to, tuple(self.stores))
        home, under_way = await self.where()
        if under_way is None and home == to:
            raise StoreInUse(to)

    async def copy(self, record: BlobRecord, place: MovePlace) -> CopyOutcome:
        """Copy the blob, unless the new store has it or it is no longer needed."""
        await CheckWritable(self.units)()
        return await self._copied(record, self.stores[place.source], self.stores[place.target])

    async def finish(self, *, break_links: bool) -> MovePlace:
        """Let the new store be the only one. Where it is already, find the old one that is not empty yet.

        Raises:
            CannotMove: the new store does not have everything yet, or links into the old one have not expired.
        """
        home, place = await self.where()
        if place is None:
            return await self._left(home)
        now = self.clock.now()
        promised = links_last_until(self.links[place.source], place.since)
        if self.links[place.source] is not self.own_links and now < promised and not break_links:
            raise LinksPromised(promised)
        await self._check(place)
        async with self.units.writing() as unit:
            bound = await unit.store_binding.read()
            if bound is None or bound.move is None or bound.move.since != place.since:
                raise MoveChanged
            await unit.store_binding.write(Binding(bound.move.target))
            await unit.commit()
        return place

    async def clear(self, place: MovePlace) -> AsyncGenerator[BlobKey, None]:
        """Remove every blob from the old store, one by one, and its mark last.

        A blob that is still needed is copied first if the new store lacks it, or has other bytes than were stored: each is
        read again. One that the ledger does not know is not needed.

        Raises:
            CannotMove: this store is in use, or something in it cannot be copied, and stays.
        """
        source, target = self.stores[place.source], self.stores[place.target]
        left, mark = 0, await source.read()
        async for stat in source.list():
            await CheckWritable(self.units)()
            async with self.units.reading() as unit:
                bound, record = await unit.store_binding.read(), await unit.ledger.find(stat.key)
            if bound is None or mark in bound.reads:
                raise StoreInUse(place.source)
            if record is not None and record.is_needed(self.clock.now()):
                await self._copied(record, source, target)
                is_whole = await self.copying.is_whole(record, target)
                if not is_whole and await self.copying.is_whole(record, source):
                    await target.delete(record.key)  # it went bad after it was copied
                    await self._copied(record, source, target)
                    is_whole = await self.copying.is_whole(record, target)
                if not is_whole and await self._is_still_needed(record):
                    left += 1
                    continue
            await source.delete(stat.key)
            yield stat.key
        if left:
            raise BlobsLeft(place.source, left)
        await source.erase()

    async def _copied(self, record: BlobRecord, source: MarkedStore, target: MarkedStore) -> CopyOutcome:
        outcome = await self.copying(record, source, target)
        if outcome is not CopyOutcome.THERE and not await self._is_still_needed(record):
            await target.delete(record.key)  # it was deleted from both stores meanwhile, and must not come back
            return CopyOutcome.THERE
        return outcome

    async def _is_absent(self, record: BlobRecord, store: MarkedStore) -> bool:
        """Whether the store lacks the blob, and the blob was not deleted since ``record`` was read."""
        return not await self.copying.is_there(record, store) and await self._is_still_needed(record)

    async def _is_still_needed(self, record: BlobRecord) -> bool:
        async with self.units.reading() as unit:
            now = await unit.ledger.find(record.key)
        return now is not None and now.is_needed(self.clock.now())

    async def _check(self, place: MovePlace) -> None:
        if place.phase is not MovePhase.MOVING:
            raise MoveNotStarted
        absent = waiting = 0
        async for record in self.needed():
            if record.state is BlobState.STAGED:
                is_late = (
                    record.since < place.since + NOTICE and self.clock.now() < place.since + NOTICE + self.longest_put
                )
                waiting += is_late and not await self.copying.is_there(record, self.stores[place.target])
            else:
                absent += await self._is_absent(record, self.stores[place.target])
        if waiting:
            raise UploadsInProgress(waiting)
        if absent:
            raise BlobsNotCopied(absent)

    async def _names(self) -> dict[str, StoreName]:
        """The names of the stores by their marks.

        Raises:
            CannotMove: two have the same mark, so they are one, or one is a copy of the other.
        """
        names: dict[str, StoreName] = {}
        for name, store in self.stores.items():
            mark = await store.read()
            if mark in names:
                raise StoreMarkedTwice(name, names[mark])
            if mark is not None:
                names[mark] = name
        return names

    async def _left(self, home: StoreName) -> MovePlace:
        kin = await self._kin(home)
        for mark, name in (await self._names()).items():
            if name != home and mark.startswith(kin):
                return MovePlace(name, home, None, self.clock.now())
        raise NoMoveInProgress

    async def _marked(self, name: StoreName) -> str:
        """The mark of a store that is to be used, made if it has none."""
        kin = await self._kin((await self.where())[0])
        found = await self.stores[name].read()
        if found is None:
            found = kin + self.random_values.store_identity()[len(kin) :]
            await self.stores[name].write(found)
        if not found.startswith(kin):
            raise StoreOfAnotherInstallation(name)
        return found

    async def _kin(self, home: StoreName) -> str:
        """How the marks of all stores of this installation begin, so that a store that was marked before a crash is recognised."""
        return installation_of(await self.stores[home].read() or "")

    async def _write(self, before: MovePlace | None, move: StoreMove | None) -> None:
        """Begin a move; None cancels the announced one."""
        async with self.units.writing() as unit:
            bound = await unit.store_binding.read()
            if bound is None or (bound.move.since if bound.move else None) != (before.since if before else None):
                raise MoveChanged
            await unit.store_binding.write(Binding(bound.writes, move))
            await unit.commit()
