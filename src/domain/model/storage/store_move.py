"""Which store of bytes the database belongs to, and how it comes to belong to another one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

StoreName = NewType("StoreName", str)
"""What the settings call a store. The database knows stores by the marks that they carry."""


class MovePhase(StrEnum):
    """``announced``: every process comes to read from both stores. ``moving``: new bytes go to the new one."""

    ANNOUNCED = "announced"
    MOVING = "moving"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMove:
    """A move under way to the store with the mark ``target``; ``since`` is when its phase began."""

    target: str
    phase: MovePhase
    since: datetime


@dataclass(frozen=True, slots=True)
class Binding:
    """The store that the database belongs to, by its mark, and the move to another one, if there is one."""

    identity: str
    move: StoreMove | None = None

    @property
    def writes(self) -> str:
        """The mark of the store that new bytes go to."""
        if self.move is not None and self.move.phase is MovePhase.MOVING:
            return self.move.target
        return self.identity

    @property
    def reads(self) -> tuple[str, ...]:
        """The marks of the stores that bytes may be in, the likeliest first."""
        if self.move is None:
            return (self.identity,)
        others = {self.identity, self.move.target} - {self.writes}
        return (self.writes, *others)


@dataclass(frozen=True, slots=True)
class StoreRoles:
    """The same by the names of stores."""

    writes: StoreName
    reads: tuple[StoreName, ...]
