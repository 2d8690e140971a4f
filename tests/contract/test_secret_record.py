"""The contract of SecretRecord, on every database."""

import pytest

from domain.use_cases.access.known_secrets import CompareSecrets, RecordSecrets, SecretState
from kit.fixtures.adapters import Database

pytestmark = pytest.mark.anyio


async def test_what_was_written_last_is_read(database: Database) -> None:
    for fingerprints in (frozenset({"a" * 16}), frozenset({"b" * 16, "a" * 16}), frozenset({"c" * 16})):
        async with database.units.writing() as unit:
            await unit.secret_record.write(fingerprints)
            await unit.commit()
        async with database.units.reading() as unit:
            assert await unit.secret_record.read() == fingerprints


async def test_a_secret_is_known_by_its_record_and_can_be_rotated(database: Database) -> None:
    first, second, other = (frozenset({letter * 16}) for letter in "abc")

    async def states(*used: frozenset[str]) -> list[SecretState]:
        return [await RecordSecrets(database.units, each)() for each in used]

    assert await CompareSecrets(database.units, first)() is SecretState.UNRECORDED
    assert await states(first, first | second, second, second) == [SecretState.UNRECORDED, *[SecretState.KNOWN] * 3]
    assert await states(first, other) == [SecretState.OTHER] * 2
    assert await CompareSecrets(database.units, second)() is SecretState.KNOWN
    assert await RecordSecrets(database.units, other)(anyway=True) is SecretState.OTHER
    assert await CompareSecrets(database.units, other)() is SecretState.KNOWN
    assert await CompareSecrets(database.units, second)() is SecretState.OTHER
