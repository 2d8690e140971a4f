"""Which blob store the database belongs to, and moves to another one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

StoreName = NewType("StoreName", str)
"""The name of a store in the settings. The database identifies stores by their marks instead."""


LONGEST_PROCESS = 255  # characters of the name of a process
KIN = 16  # characters


def installation_of(identity: str) -> str:
    """What the marks of all stores of one installation begin with."""
    return identity[:KIN]


class MovePhase(StrEnum):
    """``announced``: the processes begin to read from both stores. ``moving``: new blobs are written to the new store."""

    ANNOUNCED = "announced"
    MOVING = "moving"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMove:
    """A move to the store with the mark ``target``, in progress. ``since`` is when ``phase`` began."""

    target: str
    phase: MovePhase
    since: datetime


@dataclass(frozen=True, slots=True)
class Binding:
    """The mark of the store that the database belongs to, and the move to another store, if one is in progress."""

    identity: str
    move: StoreMove | None = None

    @property
    def writes(self) -> str:
        """The mark of the store that new blobs are written to."""
        if self.move is not None and self.move.phase is MovePhase.MOVING:
            return self.move.target
        return self.identity

    @property
    def reads(self) -> tuple[str, ...]:
        """The marks of the stores that blobs may be in. The store that is written to comes first."""
        if self.move is None:
            return (self.identity,)
        others = {self.identity, self.move.target} - {self.writes}
        return (self.writes, *others)


@dataclass(frozen=True, slots=True)
class MovePlace:
    """The old and the new store of a move. ``phase`` is None where only the old store is left to be emptied."""

    source: StoreName
    target: StoreName
    phase: MovePhase | None
    since: datetime


@dataclass(frozen=True, slots=True)
class StoreRoles:
    """What a ``Binding`` says, with the names of stores in place of their marks."""

    writes: StoreName
    reads: tuple[StoreName, ...]
