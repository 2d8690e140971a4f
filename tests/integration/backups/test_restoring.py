"""Restoring backups, whole and damaged ones, and where something is already, on each database and store."""

from contextlib import aclosing
from pathlib import Path

import pytest

from adapters.sql.transactions.database_url import parse_database_url
from adapters.sql.upgrades import SqlSchema
from domain.errors import (
    BackupDamaged,
    BackupTooNew,
    InstallationNotEmpty,
)
from domain.model.images.naming import ImageId
from domain.model.storage.backup import BackupMark
from domain.model.storage.blob import BlobKey
from domain.ports.blobs import MarkedStore
from domain.use_cases.backups.verify_backup import BlobVerified
from domain.use_cases.stores.copy_blob import CopyOutcome
from kit.backups.installations import IDENTITY, Installation
from kit.backups.places import KINDS, Places, keys, restored

pytestmark = pytest.mark.anyio


async def test_damage_of_a_backup_is_named(places: Places, source: Installation) -> None:
    place = places.store()
    await source.back_up(place)
    async with source.database.units.reading() as unit:
        a, b, _ = [await unit.images.get(ImageId(id)) for id in (1, 2, 3)]
    await place.delete(a.original.key)
    await place.delete(b.original.key)
    async with source.staging.receive() as writer:
        await writer.write(b"x" * 1000)
        await place.put(b.original.key, (await writer.finish()).path)
    expected = {a.id: CopyOutcome.MISSING, b.id: CopyOutcome.DAMAGED}
    verified = [event async for event in source.verify_backup(place)() if isinstance(event, BlobVerified)]
    assert {each.image: each.condition for each in verified if each.image is not None} == {
        image: str(outcome) for image, outcome in expected.items()
    }
    target = await places.fresh()
    assert {each.image: each.outcome for each in await restored(target, place) if each.image} == expected
    mark = BackupMark.parse(await place.read() or "")
    assert mark is not None
    assert mark.manifest is not None
    for key in await keys(place) - {a.original.key, b.original.key}:
        if key != mark.manifest.key and await _size(place, key) > 1000:  # the dump
            await place.delete(key)
    with pytest.raises(BackupDamaged, match="database is missing"):
        await restored(await places.fresh(), place)
    await place.delete(mark.manifest.key)
    with pytest.raises(BackupDamaged, match="manifest is missing"):
        await restored(await places.fresh(), place)


async def _size(store: MarkedStore, key: BlobKey) -> int:
    return (await store.stat(key)).size


async def test_nothing_is_restored_over_what_is_there(places: Places, source: Installation) -> None:
    place = places.store()
    await source.back_up(place)
    other = await places.fresh(is_begun=True)
    with pytest.raises(InstallationNotEmpty, match="database"):
        await restored(other, place)
    foreign = await places.fresh()
    await foreign.store.write("f" * 32)
    with pytest.raises(InstallationNotEmpty, match="store"):
        await restored(foreign, place)
    unmarked = await places.fresh(is_begun=True)
    await unmarked.add("o.jpg", b"other")
    await unmarked.store.erase()
    with pytest.raises(InstallationNotEmpty, match="store"):
        await restored(await places.fresh(store=unmarked.store), place)
    target = await places.fresh()
    await restored(target, place)
    with pytest.raises(InstallationNotEmpty, match="database"):
        await restored(target, place)


@pytest.mark.parametrize("stop_after", [2, 7, 9])
async def test_a_restore_that_was_stopped_goes_on_and_nothing_uses_it_before_its_end(
    places: Places, source: Installation, stop_after: int
) -> None:
    place = places.store()
    await source.back_up(place)
    target = await places.fresh()
    async with aclosing(target.restore_backup(place)()) as events:
        for _ in range(stop_after):
            await anext(events)
    if not await SqlSchema(target.engine).is_absent():
        async with target.database.units.reading() as unit:
            bound = await unit.store_binding.read()
        assert bound is None or bound.identity.startswith("restoring")
    await restored(target, place)
    assert await target.contents() == await source.contents()


async def test_a_store_that_was_kept_is_completed_and_keeps_newer_blobs(places: Places, source: Installation) -> None:
    place = places.store()
    await source.back_up(place)
    newer = await source.add("newer.jpg", b"newer")
    async with source.database.units.reading() as unit:
        a, b = [await unit.images.get(ImageId(id)) for id in (1, 2)]
    await source.store.delete(a.original.key)
    await source.store.delete(b.original.key)
    async with source.staging.receive() as writer:
        await writer.write(b"x" * 1000)
        await source.store.put(b.original.key, (await writer.finish()).path)
    target = await places.fresh(store=source.store)
    outcomes = {each.key: each.outcome for each in await restored(target, place)}
    assert sorted(outcomes.values()) == [CopyOutcome.COPIED, CopyOutcome.COPIED, CopyOutcome.THERE]
    assert await target.contents() == {"a.jpg": b"a" * 1000, "b.jpg": b"b" * 1000, "c.jpg": b"c" * 1000}
    assert await target.store.read() == IDENTITY
    assert await target.bytes_of(newer) == b"newer"


async def test_a_backup_of_a_newer_version_is_refused_by_name(
    places: Places, source: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = places.store()
    await source.back_up(place)
    monkeypatch.setattr("adapters.sql.dumps.NEWEST", "0001")
    with pytest.raises(BackupTooNew, match=r"it has schema 00\d\d, and this version knows up to schema 0001"):
        await restored(await places.fresh(), place)


async def test_a_backup_crosses_from_one_database_and_store_to_the_other(
    places: Places, source: Installation, tmp_path: Path
) -> None:
    place = places.store()
    await source.back_up(place)
    across = Places(
        next(kind for kind in KINDS if kind != places.kind),
        tmp_path / "across",
        places.postgres,
        places.object_stores,
        places.stack,
    )
    across.folder.mkdir()
    target = await across.fresh()
    await restored(target, place)
    assert await target.contents() == await source.contents()
    assert parse_database_url(target.url) != parse_database_url(source.url)
