"""Move every blob to another store while the service runs."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

from domain.model.storage.blob import BlobKey, BlobRecord
from domain.model.storage.store_move import MovePhase, MovePlace, StoreName
from domain.ports.concurrency import Concurrency, Pauses
from domain.use_cases.stores.copy_blob import CopyOutcome
from domain.use_cases.stores.move_steps import MoveSteps

AT_ONCE = 4  # blobs
FOLLOWED_WITHIN = timedelta(seconds=5)
"""After this time every process has read the state of the move, which it does once a second."""


@dataclass(frozen=True, slots=True)
class MoveAnnounced:
    """Within ``followed_within``, every process reads from both stores."""

    place: MovePlace
    followed_within: timedelta


@dataclass(frozen=True, slots=True)
class RoundBegun:
    """A round over all blobs begins. ``blobs``: about how many there are."""

    place: MovePlace
    blobs: int


@dataclass(frozen=True, slots=True)
class BlobDone:
    """``size`` is in bytes; 0 where nothing was copied, and for uploads that are not finished yet."""

    key: BlobKey
    outcome: CopyOutcome
    size: int


@dataclass(frozen=True, slots=True)
class MoveTally:
    """What was copied by all rounds, and what the last round found."""

    copied: int = 0
    bytes_copied: int = 0
    there: int = 0
    missing: int = 0
    damaged: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether the new store has everything."""
        return not (self.missing or self.damaged)

    def counting(self, blob: BlobDone) -> "MoveTally":
        """This tally with one more blob."""
        match blob.outcome:
            case CopyOutcome.COPIED:
                return replace(self, copied=self.copied + 1, bytes_copied=self.bytes_copied + blob.size)
            case CopyOutcome.THERE:
                return replace(self, there=self.there + 1)
            case CopyOutcome.MISSING:
                return replace(self, missing=self.missing + 1)
            case CopyOutcome.DAMAGED:
                return replace(self, damaged=self.damaged + 1)


MoveEvent: TypeAlias = MoveAnnounced | RoundBegun | BlobDone | MoveTally


@dataclass(frozen=True, slots=True)
class MoveSurvey:
    """How many blobs there are, and what of them a move would copy."""

    blobs: int
    to_copy: int
    bytes_to_copy: int


@dataclass(frozen=True, slots=True)
class MoveStore:
    """Copy every blob to another store, several at once, and send new ones there.

    - All blobs are checked again until nothing new is found, since an upload that began before the move puts its bytes
      into the old store.
    - A blob that is missing or damaged in the old store does not stop the others.
    - It can be stopped at any time and continues when it is run again. The old store keeps all that is
      needed: see ``FinishMove``.
    """

    steps: MoveSteps
    concurrency: Concurrency
    pauses: Pauses

    async def __call__(self, to: StoreName) -> AsyncIterator[MoveEvent]:
        """The progress, and finally the tally.

        Raises:
            CannotMove: there is no such store, or the move cannot begin or was changed by others.
        """
        place = await self.steps.begin(to)
        if place.phase is MovePhase.ANNOUNCED:
            yield MoveAnnounced(place, FOLLOWED_WITHIN)
            await self.pauses.pause(FOLLOWED_WITHIN)
            await self.steps.proceed(place)
            await self.pauses.pause(FOLLOWED_WITHIN)
        total = MoveTally()
        while True:
            yield RoundBegun(place, await self.steps.count())
            before, total = total, MoveTally(copied=total.copied, bytes_copied=total.bytes_copied)

            async def one(record: BlobRecord) -> BlobDone:
                outcome = await self.steps.copy(record, place)
                is_counted = outcome is CopyOutcome.COPIED and record.facts is not None
                return BlobDone(record.key, outcome, record.facts.size if is_counted and record.facts else 0)

            async with aclosing(self.concurrency.each(self.steps.needed(), one, at_once=AT_ONCE)) as blobs:
                async for blob in blobs:
                    total = total.counting(blob)
                    yield blob
            if total.copied == before.copied:
                yield total
                return

    async def survey(self, to: StoreName) -> MoveSurvey:
        """What a move to that store would copy.

        Raises:
            CannotMove: as the move itself; but nothing is changed.
        """
        await self.steps.check(to)
        target = self.steps.stores[to]
        is_fresh = await target.read() is None
        blobs = to_copy = bytes_to_copy = 0
        async for record in self.steps.needed():
            blobs += 1
            if record.facts is not None and (is_fresh or not await self.steps.copying.is_there(record, target)):
                to_copy += 1
                bytes_to_copy += record.facts.size
        return MoveSurvey(blobs, to_copy, bytes_to_copy)
