"""Whether the server secret in use is the one that belongs to the database."""

from dataclasses import dataclass
from enum import StrEnum

from domain.ports.database.unit_of_work import UnitsOfWork


class SecretState(StrEnum):
    """``unrecorded``: nobody has said yet which secret belongs to the database. ``other``: another one than is in use."""

    UNRECORDED = "unrecorded"
    KNOWN = "known"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CompareSecrets:
    """``fingerprints``: those of the secrets in use."""

    units: UnitsOfWork
    fingerprints: frozenset[str]

    async def __call__(self) -> SecretState:
        async with self.units.reading() as unit:
            return state_of(await unit.secret_record.read(), self.fingerprints)


@dataclass(frozen=True, slots=True)
class RecordSecrets:
    """Record the secrets in use, so that a wrong one is noticed later. One in common with the record is enough: secrets are rotated."""

    units: UnitsOfWork
    fingerprints: frozenset[str]

    async def __call__(self, *, anyway: bool = False) -> SecretState:
        """What the state was. If the record has other ones, it stays, unless they are to be recorded ``anyway``."""
        async with self.units.reading() as unit:
            recorded = await unit.secret_record.read()
        state = state_of(recorded, self.fingerprints)
        if recorded != self.fingerprints and (anyway or state is not SecretState.OTHER):
            async with self.units.writing() as unit:
                await unit.secret_record.write(self.fingerprints)
                await unit.commit()
        return state


def state_of(recorded: frozenset[str], used: frozenset[str]) -> SecretState:
    if not recorded:
        return SecretState.UNRECORDED
    return SecretState.KNOWN if recorded & used else SecretState.OTHER
