"""End a move to another blob store."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeAlias

from domain.model.storage.blob import BlobKey
from domain.model.storage.store_move import MovePlace
from domain.ports.concurrency import Pauses
from domain.use_cases.stores.move_steps import MoveSteps
from domain.use_cases.stores.move_store import FOLLOWED_WITHIN


@dataclass(frozen=True, slots=True)
class MoveFinished:
    """The new store is the only one in use."""

    place: MovePlace


@dataclass(frozen=True, slots=True)
class BlobRemoved:
    """The old store does not have this blob any more."""

    key: BlobKey


FinishEvent: TypeAlias = MoveFinished | BlobRemoved


@dataclass(frozen=True, slots=True)
class FinishMove:
    """Let the new store be the only one, and empty the old one.

    It can be stopped at any time and continues when it is run again.
    """

    steps: MoveSteps
    pauses: Pauses

    async def __call__(self, *, keep: bool, break_links: bool) -> AsyncIterator[FinishEvent]:
        """The progress.

        Args:
            keep: Leave the old store as it is.
            break_links: Finish even if links into the old store have not expired yet.

        Raises:
            CannotMove: the new store does not have everything yet, or links into the old store still have to work.
        """
        place = await self.steps.finish(break_links=break_links)
        yield MoveFinished(place)
        if keep:
            return
        if place.phase is not None:
            await self.pauses.pause(FOLLOWED_WITHIN)  # until no process reads from the old store any more
        async with aclosing(self.steps.clear(place)) as removed:
            async for key in removed:
                yield BlobRemoved(key)
