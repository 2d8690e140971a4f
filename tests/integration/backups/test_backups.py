"""Backups of an installation that is changed meanwhile, on each database and store."""

from contextlib import aclosing

import pytest

from domain.errors import (
    BackupOfAnotherInstallation,
    BackupOvertaken,
    BackupPlaceTaken,
    BackupUnsettled,
    NoBackup,
)
from domain.model.images.naming import ImageId
from domain.use_cases.backups.make_backup import ROUNDS, BlobOutcome, BlobSeen, BlobsThere, DumpMade
from domain.use_cases.backups.verify_backup import BlobCondition
from domain.use_cases.stores.copy_blob import CopyOutcome
from kit.backups.installations import IDENTITY, Installation, tally_of
from kit.backups.places import Places, conditions, keys, restored

pytestmark = pytest.mark.anyio


async def test_a_backup_restores_to_another_place(places: Places, source: Installation) -> None:
    place = places.store()
    tally = await source.back_up(place)
    assert (tally.blobs, tally.bytes, tally.copied, tally.lost) == (3, 3000, 3, {})
    assert await conditions(source, place) == [BlobCondition.WHOLE] * 3
    target = await places.fresh()
    assert {each.outcome for each in await restored(target, place)} == {CopyOutcome.COPIED}
    assert await target.contents() == await source.contents()
    async with target.database.units.reading() as unit:
        bound = await unit.store_binding.read()
    mark = await target.store.read()
    assert bound is not None
    assert bound.identity == mark != IDENTITY
    assert str(mark)[:16] == IDENTITY[:16], "it is known as one of the same installation"


async def test_only_what_is_new_is_copied_and_what_is_deleted_is_removed(places: Places, source: Installation) -> None:
    place = places.store()
    await source.back_up(place)
    async with source.database.units.reading() as unit:
        first = await unit.images.get(ImageId(1))
    await source.delete(first)
    await source.add("d.jpg", b"d" * 500)
    events = [event async for event in source.make_backup(place)()]
    tally = tally_of(events)
    assert (tally.blobs, tally.bytes, tally.copied, tally.bytes_copied) == (3, 2500, 1, 500)
    assert sum(event.blobs for event in events if isinstance(event, BlobsThere)) == 2
    assert tally.removed == 3, "the blob that was deleted, and the earlier dump and manifest"
    assert first.original.key not in await keys(place)
    assert len(await keys(place)) == 5
    target = await places.fresh()
    await restored(target, place)
    assert sorted(await target.contents()) == ["b.jpg", "c.jpg", "d.jpg"]


async def test_an_image_deleted_or_replaced_meanwhile_does_not_break_a_backup(
    places: Places, source: Installation
) -> None:
    place = places.store()
    async with source.database.units.reading() as unit:
        a, b = [await unit.images.get(ImageId(id)) for id in (1, 2)]
    events, dumps = [], 0
    async for event in source.make_backup(place)():
        events.append(event)
        dumps += isinstance(event, DumpMade)
        if isinstance(event, DumpMade) and dumps == 1:
            await source.delete(a)
            await source.replace(b, b"new" * 700)
            await source.add("late.jpg", b"late")
    outcomes = [event.outcome for event in events if isinstance(event, BlobSeen)]
    assert {BlobOutcome.DELETED, BlobOutcome.REPLACED} <= set(outcomes)
    assert dumps == 2
    assert tally_of(events).lost == {}
    target = await places.fresh()
    assert {each.outcome for each in await restored(target, place)} == {CopyOutcome.COPIED}
    assert await target.contents() == await source.contents()
    assert await conditions(source, place) == [BlobCondition.WHOLE] * 3


async def test_an_image_deleted_meanwhile_is_not_in_the_backup(places: Places, source: Installation) -> None:
    place = places.store()
    events = []
    async for event in source.make_backup(place)():
        events.append(event)
        if isinstance(event, DumpMade):
            async with source.database.units.reading() as unit:
                image = await unit.images.get(ImageId(1))
            await source.delete(image)
    assert (tally_of(events).blobs, tally_of(events).bytes) == (2, 2000)
    target = await places.fresh()
    assert len(await restored(target, place)) == 2
    assert sorted(await target.contents()) == ["b.jpg", "c.jpg"]
    async with target.database.units.reading() as unit:
        (user,) = await unit.users.list()
        assert await unit.images.count(user.id) == 2


async def test_a_backup_ends_even_if_images_are_replaced_all_the_time(places: Places, source: Installation) -> None:
    place, dumps = places.store(), 0
    with pytest.raises(BackupUnsettled):
        async for event in source.make_backup(place)():
            if isinstance(event, DumpMade):
                dumps += 1
                async with source.database.units.reading() as unit:
                    image = await unit.images.get(ImageId(1))
                await source.replace(image, f"{dumps}".encode() * 100)
    assert dumps == ROUNDS
    with pytest.raises(NoBackup):
        await conditions(source, place)


async def test_until_its_end_the_earlier_backup_is_the_valid_one(places: Places, source: Installation) -> None:
    place = places.store()
    before = await source.contents()
    async with aclosing(source.make_backup(place)()) as events:
        await anext(events)
    with pytest.raises(NoBackup):
        await restored(await places.fresh(), place)
    await source.back_up(place)
    async with source.database.units.reading() as unit:
        await source.delete(await unit.images.get(ImageId(1)))
    async with aclosing(source.make_backup(place)()) as events:
        for _ in range(2):
            await anext(events)
    assert await conditions(source, place) == [BlobCondition.WHOLE] * 3
    target = await places.fresh()
    await restored(target, place)
    assert await target.contents() == before


async def test_what_the_store_has_lost_is_named_and_kept_where_an_earlier_backup_has_it(
    places: Places, source: Installation
) -> None:
    place = places.store()
    await source.back_up(place)
    lost = await source.add("lost.jpg", b"lost")
    async with source.database.units.reading() as unit:
        kept = await unit.images.get(ImageId(1))
    for image in (lost, kept):
        await source.store.delete(image.original.key)
    tally = await source.back_up(place)
    assert tally.lost == {lost.original.key: lost.id}
    assert sorted(await conditions(source, place)) == [BlobCondition.LOST] + [BlobCondition.WHOLE] * 3
    target = await places.fresh()
    found = {each.key: (each.outcome, each.image) for each in await restored(target, place)}
    assert found.pop(lost.original.key) == (CopyOutcome.MISSING, lost.id)
    assert {outcome for outcome, _ in found.values()} == {CopyOutcome.COPIED}
    assert await target.bytes_of(kept) == b"a" * 1000


async def test_a_place_in_which_something_else_is_stored_is_left_alone(places: Places, source: Installation) -> None:
    with pytest.raises(BackupPlaceTaken):
        await source.back_up(source.store)
    other = await places.fresh(is_begun=True)
    await other.store.write("f" * 32)
    async with other.database.units.writing() as unit:
        bound = await unit.store_binding.read()
        assert bound is not None
        await unit.store_binding.write(type(bound)("f" * 32))
        await unit.commit()
    image = await other.add("o.jpg", b"other")
    place = places.store()
    await source.back_up(place)
    with pytest.raises(BackupOfAnotherInstallation):
        await other.back_up(place)
    assert await conditions(source, place) == [BlobCondition.WHOLE] * 3
    await other.store.erase()
    with pytest.raises(BackupPlaceTaken):
        await source.back_up(other.store)
    await other.store.write("f" * 32)
    assert await other.bytes_of(image) == b"other"
    with pytest.raises(NoBackup):
        await conditions(source, places.store())


async def test_of_two_backups_into_one_place_one_ends(places: Places, source: Installation) -> None:
    place = places.store()
    await source.back_up(place)
    with pytest.raises(BackupOvertaken):
        async for event in source.make_backup(place)():
            if isinstance(event, DumpMade):
                await source.back_up(place)
    assert await conditions(source, place) == [BlobCondition.WHOLE] * 3
