"""Units of work that change the same blobs wait for each other in one order, on every database."""

import asyncio
from dataclasses import replace

import pytest

from domain.model.access.quota import NO_QUOTA, Amount
from domain.model.access.user import UserId
from domain.model.images.image import Image
from domain.model.images.naming import ImageId
from domain.model.storage.blob import BlobKey
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON, a_draft, an_original
from kit.fixtures.repositories import FACTS, LATER, a_user

pytestmark = pytest.mark.anyio

UNTIL_BLOCKED = 0.2  # seconds after which the other one waits for a lock
HELD = Amount(1, 1000)


async def put(database: Database, user: UserId, key: BlobKey) -> None:
    async with database.units.writing() as unit:
        await unit.usage.reserve(user, HELD, HELD, NO_QUOTA)
        await unit.ledger.stage(key, NOON, HELD, user=user)
        await unit.commit()


async def expire(database: Database) -> int:
    async with database.units.writing() as unit:
        expired = await unit.ledger.expire(staged_before=LATER, at=LATER)
        await unit.commit()
    return expired


async def withdraw(database: Database, image: ImageId) -> None:
    async with database.units.writing() as unit:
        await unit.ledger.withdraw(image)
        await unit.commit()


async def test_a_sweep_leaves_alone_what_is_given_to_a_new_image(database: Database) -> None:
    user, key = await a_user(database), BlobKey("1" * 32)
    await put(database, user, key)
    async with database.units.writing() as unit:
        image = await unit.images.add(replace(a_draft(user), original=an_original(key), variants=()), HELD)
        sweep = asyncio.create_task(expire(database))
        await asyncio.sleep(UNTIL_BLOCKED)
        await unit.ledger.promote(key, FACTS, LATER, image=image.id)
        await unit.commit()
    assert await sweep == 0


async def test_a_sweep_leaves_alone_what_is_given_to_a_stored_image(database: Database) -> None:
    user, old, new = await a_user(database), BlobKey("1" * 32), BlobKey("2" * 32)
    image = await _stored(database, user, old)
    await put(database, user, new)
    async with database.units.writing() as unit:
        await unit.ledger.promote(new, FACTS, LATER, image=image.id)
        sweep = asyncio.create_task(expire(database))
        await asyncio.sleep(UNTIL_BLOCKED)
        await unit.images.save(replace(image, original=an_original(new)), grown=0, held=HELD)
        await unit.commit()
    assert await sweep == 0


async def test_a_removed_image_and_a_sweep_lock_its_earlier_blobs_in_one_order(database: Database) -> None:
    image, keys = ImageId(7), [BlobKey(name * 32) for name in "321"]
    async with database.units.writing() as unit:
        for key in keys:
            await unit.ledger.stage(key, NOON)
            await unit.ledger.promote(key, FACTS, NOON, image=image)
            await unit.ledger.doom(key, NOON)
        await unit.commit()
    async with database.units.writing() as unit:
        await unit.ledger.forget(keys[-1])
        removal = asyncio.create_task(withdraw(database, image))
        await asyncio.sleep(UNTIL_BLOCKED)
        for key in reversed(keys[:-1]):
            await unit.ledger.forget(key)
        await unit.commit()
    await removal
    async with database.units.reading() as unit:
        assert await unit.ledger.is_empty()


async def _stored(database: Database, user: UserId, key: BlobKey) -> Image:
    await put(database, user, key)
    async with database.units.writing() as unit:
        image = await unit.images.add(replace(a_draft(user), original=an_original(key), variants=()), HELD)
        await unit.ledger.promote(key, FACTS, NOON, image=image.id)
        await unit.commit()
    return image
