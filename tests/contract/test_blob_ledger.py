"""The contracts of BlobLedger and StoreBinding, on every database."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import (
    BlobExpired,
)
from domain.model.images.naming import ImageId
from domain.model.storage.blob import BlobKey, BlobState
from domain.model.storage.store_move import Binding, MovePhase, StoreMove
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON, a_draft
from kit.fixtures.repositories import FACTS, KEY, LATER, a_user, stored

pytestmark = pytest.mark.anyio


async def test_a_key_goes_from_staged_to_live_to_doomed_to_forgotten(database: Database) -> None:
    readable = LATER + timedelta(hours=1)
    async with database.units.writing() as unit:
        await unit.ledger.stage(KEY, NOON)
        await unit.ledger.promote(KEY, FACTS, LATER, image=ImageId(7))
        live = await unit.ledger.find(KEY)
        await unit.ledger.doom(KEY, LATER, readable_until=readable)
        doomed = await unit.ledger.find(KEY)
        await unit.commit()
    assert live is not None
    assert (live.state, live.facts, live.since, live.staged_at) == (BlobState.LIVE, FACTS, LATER, NOON)
    assert doomed is not None
    assert (doomed.state, doomed.facts, doomed.readable_until) == (BlobState.DOOMED, FACTS, readable)
    assert await database.lookups.linked_blob(KEY) == doomed
    async with database.units.writing() as unit:
        await unit.ledger.forget(KEY)
        assert await unit.ledger.is_empty()


async def test_the_image_of_a_blob_is_known_from_its_promotion_on(database: Database) -> None:
    async with database.units.writing() as unit:
        await unit.ledger.stage(KEY, NOON)
        assert await unit.ledger.image_of(KEY) is None
        await unit.ledger.promote(KEY, FACTS, LATER, image=ImageId(7))
        await unit.ledger.doom(KEY, LATER)
        assert await unit.ledger.image_of(KEY) == 7
        assert await unit.ledger.image_of(BlobKey("f" * 32)) is None


async def test_a_link_finds_no_blob_of_a_disabled_user(database: Database) -> None:
    shown, replaced = BlobKey("1" * 32), BlobKey("2" * 32)
    images = {name: await stored(database, await a_user(database, name), "a.png") for name in ("ada", "bob")}
    async with database.units.writing() as unit:
        for key, name in ((KEY, "ada"), (replaced, "ada"), (shown, "bob")):
            await unit.ledger.stage(key, NOON)
            await unit.ledger.promote(key, FACTS, NOON, image=images[name][0].id)
        await unit.ledger.doom(replaced, NOON, readable_until=LATER)
        await unit.commit()
    for at in (None, LATER, None):
        async with database.units.writing() as unit:
            user = await unit.users.find("ada")
            assert user is not None
            await unit.users.save(replace(user, disabled_at=at))
            await unit.commit()
        found = [await database.lookups.linked_blob(key) is not None for key in (KEY, replaced, shown)]
        assert found == [at is None, at is None, True]


@pytest.mark.parametrize("state", ["unknown", "staged", "live", "doomed"])
async def test_each_step_is_taken_only_from_the_state_before_it(database: Database, state: str) -> None:
    async with database.units.writing() as unit:
        if state != "unknown":
            await unit.ledger.stage(KEY, NOON)
        if state == "live":
            await unit.ledger.promote(KEY, FACTS, NOON, image=ImageId(7))
        if state == "doomed":
            await unit.ledger.doom(KEY, NOON)
        await unit.commit()
    allowed = {"unknown": set(), "staged": {"promote", "doom"}, "live": {"doom"}, "doomed": {"forget"}}[state]
    for step in ("promote", "doom", "forget"):
        async with database.units.writing() as unit:
            ledger = unit.ledger
            with nullcontext() if step in allowed else pytest.raises(BlobExpired):
                if step == "promote":
                    await ledger.promote(KEY, FACTS, NOON, image=ImageId(7))
                elif step == "doom":
                    await ledger.doom(KEY, NOON)
                else:
                    await ledger.forget(KEY)


async def test_only_what_was_staged_long_ago_expires(database: Database) -> None:
    keys = [BlobKey(name * 32) for name in "abc"]
    async with database.units.writing() as unit:
        await unit.ledger.stage(keys[0], NOON)
        await unit.ledger.stage(keys[1], LATER)
        await unit.ledger.stage(keys[2], NOON)
        await unit.ledger.promote(keys[2], FACTS, NOON, image=ImageId(7))
        assert await unit.ledger.expire(staged_before=LATER, at=LATER) == 1
        states = [record.state for key in keys if (record := await unit.ledger.find(key))]
    assert states == [BlobState.DOOMED, BlobState.STAGED, BlobState.LIVE]


async def test_doomed_keys_are_due_in_order_once_their_links_have_expired(database: Database) -> None:
    async with database.units.writing() as unit:
        for name in "dbac":
            await unit.ledger.stage(BlobKey(name * 32), NOON)
            await unit.ledger.doom(BlobKey(name * 32), NOON, readable_until=LATER if name == "c" else None)
        due = await unit.ledger.due(before=NOON, limit=9)
        assert due == []
        just_after = NOON + timedelta(seconds=1)
        first = await unit.ledger.due(before=just_after, limit=2)
        rest = await unit.ledger.due(before=just_after, limit=2, after=first[-1].key)
        late = await unit.ledger.due(before=LATER + timedelta(seconds=1), limit=9)
    assert [[record.key[0] for record in records] for records in (first, rest, late)] == [["a", "b"], ["d"], [*"abcd"]]


async def test_objections_are_kept_until_the_binding_is_written(database: Database) -> None:
    async with database.units.writing() as unit:
        for process in ("b", "a", "b"):
            await unit.store_binding.object(process)
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.store_binding.objections() == ["a", "b"]
    async with database.units.writing() as unit:
        await unit.store_binding.write(Binding("one"))
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.store_binding.objections() == []


async def test_the_store_binding_is_the_one_written_last(database: Database) -> None:
    move = StoreMove(target="three", phase=MovePhase.MOVING, since=LATER)
    async with database.units.writing() as unit:
        assert await unit.store_binding.read() is None
        await unit.store_binding.write(Binding("one"))
        await unit.store_binding.write(Binding("two", move))
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.store_binding.read() == Binding("two", move)


async def test_all_keys_are_listed_in_order(database: Database) -> None:
    keys = [BlobKey(f"{number:032x}") for number in range(25)]
    async with database.units.writing() as unit:
        for key in reversed(keys):
            await unit.ledger.stage(key, NOON)
        await unit.ledger.promote(keys[3], FACTS, LATER, image=ImageId(7))
        await unit.commit()
    found: list[BlobKey] = []
    async with database.units.reading() as unit:
        assert await unit.ledger.count() == 25
        while records := await unit.ledger.walk(after=found[-1] if found else None, limit=10):
            found += [record.key for record in records]
            assert all((record.state is BlobState.LIVE) == (record.key == keys[3]) for record in records)
    assert found == keys


async def test_links_are_withdrawn_for_one_image_only(database: Database) -> None:
    mine, other = ImageId(7), ImageId(8)
    keys = {BlobKey("a" * 32): mine, BlobKey("b" * 32): other}
    async with database.units.writing() as unit:
        for key, image in keys.items():
            await unit.ledger.stage(key, NOON)
            await unit.ledger.promote(key, FACTS, NOON, image=image)
            await unit.ledger.doom(key, NOON, readable_until=LATER)
        assert await unit.ledger.withdraw(mine) == ["a" * 32]
        until = [record.readable_until for key in keys if (record := await unit.ledger.find(key))]
    assert until == [None, LATER]


async def test_a_writer_that_is_cancelled_at_any_moment_leaves_no_lock(database: Database) -> None:
    user = await a_user(database)

    async def write() -> None:
        async with database.units.writing() as unit:
            image = await unit.images.add(a_draft(user, "a.jpg"))
            await unit.images.remove(image)
            await unit.commit()

    for pause in range(60):
        writing = asyncio.create_task(write())
        await asyncio.sleep(pause / 10_000)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        async with asyncio.timeout(2), database.units.writing() as unit:
            await unit.commit()
