"""The contract of UsageRepository, with what images and the ledger count, on every database."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.memory.blobs import MemoryBlobStore
from adapters.system.concurrency import AsyncioConcurrency
from adapters.system.links import HmacLinks
from domain.errors import BlobStoreUnavailable, QuotaExceeded
from domain.model.access.access_key import AccessKeyDraft, Scope, Serial
from domain.model.access.quota import NO_LIMIT, NO_QUOTA, NOTHING, Amount, Claim, OwnQuota, Quota, Usage, UsageTotal
from domain.model.access.user import UserId
from domain.model.images.image import Image
from domain.model.images.naming import ImageId
from domain.model.storage.blob import BlobKey
from domain.ports.staging import StagedPath
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON, CountingValues, SetClock, a_draft, an_original
from kit.fixtures.repositories import FACTS, KEY, LATER, a_user

pytestmark = pytest.mark.anyio

SIZE = 1000
ONE = Amount(1, SIZE)


class Store:
    """Images that are stored, replaced and removed as use cases do it, without their pixels."""

    def __init__(self, database: Database, quota: Quota = NO_QUOTA) -> None:
        self.database = database
        self.blobs = MemoryBlobStore()
        self.values = CountingValues()
        self.lifecycle = BlobLifecycle(
            database.units,
            self.blobs,
            HmacLinks([b"x" * 32], lifetime=3600),
            SetClock(),
            self.values,
            AsyncioConcurrency(),
            quota,
        )

    async def put(self, claim: Claim) -> BlobKey:
        (key,) = await self.lifecycle.put([StagedPath(__file__)], claim)
        await asyncio.sleep(0)
        return key

    async def add(self, user: UserId, size: int = SIZE) -> Image:
        claim = Claim.of(user, sent=size, stored=size)
        key = await self.put(claim)
        async with self.database.units.writing() as unit:
            draft = replace(a_draft(user, f"{key}.jpg"), original=an_original(key, size=size), variants=())
            image = await self.lifecycle.add(unit, draft, claim.held)
            await unit.commit()
        return image

    async def change(self, image: Image, size: int) -> Image:
        claim = Claim.of(image.user, sent=size, stored=size, replaced=image.original.facts.size)
        key = await self.put(claim)
        try:
            async with self.database.units.writing() as unit:
                current = await unit.images.get(image.id)
                changed = replace(current, original=an_original(key, size=size))
                saved = await self.lifecycle.save(unit, current, changed, NOON, claim.held)
                await unit.commit()
        except QuotaExceeded:
            await self.lifecycle.abandon([key])
            raise
        return saved

    async def remove(self, image: Image) -> None:
        async with self.database.units.writing() as unit:
            await self.lifecycle.remove(unit, await unit.images.get(image.id), NOON)
            await unit.commit()

    async def usage(self, user: UserId) -> Usage:
        async with self.database.units.reading() as unit:
            return await unit.usage.find(user)

    async def check(self, user: UserId) -> Amount:
        """What is used, which must be the sum over all images; nothing is reserved."""
        async with self.database.units.reading() as unit:
            ids = await unit.images.some_of(user, limit=1000)
            images = [await unit.images.get(id) for id in ids]
            usage = await unit.usage.find(user)
        assert usage.used == Amount(len(images), sum(image.original.facts.size for image in images))
        assert usage.reserved == NOTHING
        return usage.used


async def set_quota(database: Database, user: UserId, own: OwnQuota) -> None:
    async with database.units.writing() as unit:
        await unit.usage.set_quota(user, own)
        await unit.commit()


async def fits(work: Awaitable[object]) -> bool:
    try:
        await work
    except QuotaExceeded:
        return False
    return True


async def test_what_is_stored_replaced_and_removed_is_counted(database: Database) -> None:
    ada, bob, store = await a_user(database, "ada"), await a_user(database, "bob"), Store(database)
    first, _ = await store.add(ada), await store.add(ada, 10)
    assert await store.check(ada) == Amount(2, SIZE + 10)
    for size in (5, 5000):
        first = await store.change(first, size)
        assert await store.check(ada) == Amount(2, size + 10)
    await store.remove(first)
    assert await store.check(ada) == Amount(1, 10)
    assert await store.check(bob) == NOTHING
    async with database.units.reading() as unit:
        assert await unit.usage.list() == {ada: Usage(used=Amount(1, 10)), bob: Usage()}


async def test_what_is_not_committed_is_not_counted(database: Database) -> None:
    ada, store = await a_user(database), Store(database)
    async with database.units.writing() as unit:
        await unit.images.add(a_draft(ada))
    assert await store.check(ada) == NOTHING


async def test_the_usage_of_all_users_is_added_up(database: Database) -> None:
    async def total(usual: Quota) -> UsageTotal:
        async with database.units.reading() as unit:
            return await unit.usage.total(usual)

    assert await total(NO_QUOTA) == UsageTotal()
    ada, bob, store = await a_user(database, "ada"), await a_user(database, "bob"), Store(database)
    await a_user(database, "eve")
    for size in (50, 40):
        await store.add(ada, size)
    await store.add(bob, 10)
    stored = Amount(3, 100)
    for usual, nearly_full in (
        (NO_QUOTA, 0),
        (Quota(images=2), 1),
        (Quota(images=3), 0),
        (Quota(bytes=100), 1),
        (Quota(bytes=101), 0),
        (Quota(images=1), 2),
    ):
        assert await total(usual) == UsageTotal(3, stored, nearly_full)
    await set_quota(database, bob, OwnQuota(bytes=10))
    await set_quota(database, ada, OwnQuota(images=NO_LIMIT))
    assert await total(Quota(images=2)) == UsageTotal(3, stored, 1)


async def test_the_quota_of_a_user_comes_before_that_of_the_settings(database: Database) -> None:
    ada, store = await a_user(database), Store(database, Quota(images=2, bytes=2 * SIZE))
    assert [await fits(store.add(ada)) for _ in range(3)] == [True, True, False]
    await set_quota(database, ada, OwnQuota(images=4))
    assert not await fits(store.add(ada))  # there are too many bytes
    await set_quota(database, ada, OwnQuota(images=NO_LIMIT, bytes=3 * SIZE))
    assert [await fits(store.add(ada)) for _ in range(2)] == [True, False]
    await set_quota(database, ada, OwnQuota())
    assert await store.check(ada) == Amount(3, 3 * SIZE)  # what exceeds a quota stays


async def test_a_refusal_tells_what_is_left(database: Database) -> None:
    ada, store = await a_user(database), Store(database, Quota(bytes=SIZE + 10))
    await store.add(ada)
    with pytest.raises(QuotaExceeded) as refused:
        await store.add(ada)
    error = refused.value
    assert (error.measure, error.limit, error.left, error.needed) == ("bytes", SIZE + 10, 10, SIZE)


async def test_of_sixty_four_uploads_at_once_as_many_are_stored_as_fit(database: Database) -> None:
    ada, store = await a_user(database), Store(database, Quota(images=10))
    assert sum(await asyncio.gather(*(fits(store.add(ada)) for _ in range(64)))) == 10
    assert await store.check(ada) == Amount(10, 10 * SIZE)
    await set_quota(database, ada, OwnQuota(images=NO_LIMIT, bytes=15 * SIZE + 1))
    assert sum(await asyncio.gather(*(fits(store.add(ada)) for _ in range(64)))) == 5
    assert await store.check(ada) == Amount(15, 15 * SIZE)


async def test_uploads_replacements_and_deletions_at_once_keep_within_the_quota(database: Database) -> None:
    quota = Quota(images=24, bytes=24 * SIZE)
    ada, store = await a_user(database), Store(database, quota)
    images = [await store.add(ada) for _ in range(24)]
    work = [store.change(image, SIZE * (1 + number % 3)) for number, image in enumerate(images[:12])]
    work += [store.change(images[0], size) for size in (1, SIZE, 1, SIZE)]  # which becomes smaller meanwhile
    await asyncio.gather(
        *(fits(each) for each in work),
        *(store.remove(image) for image in images[12:18]),
        *(fits(store.add(ada, SIZE)) for _ in range(30)),
    )
    used = await store.check(ada)
    assert used.images <= quota.images
    assert used.bytes <= quota.bytes


async def test_a_replacement_that_grew_by_more_than_was_reserved_needs_room(database: Database) -> None:
    ada, store = await a_user(database), Store(database, Quota(bytes=2 * SIZE))
    image, _ = await store.add(ada), await store.add(ada)
    claim = Claim.of(ada, sent=SIZE, stored=SIZE, replaced=SIZE)
    key = await store.put(claim)
    await store.change(image, 10)
    await store.add(ada, SIZE - 10)
    async with database.units.writing() as unit:
        current = await unit.images.get(image.id)
        with pytest.raises(QuotaExceeded):
            await store.lifecycle.save(unit, current, replace(current, original=an_original(key)), NOON, claim.held)
    await store.lifecycle.abandon([key])
    assert (await store.check(ada)).bytes == 2 * SIZE


async def test_a_full_quota_allows_replacements_that_do_not_grow(database: Database) -> None:
    ada, store = await a_user(database), Store(database, Quota(images=1, bytes=SIZE))
    image = await store.add(ada)
    assert await fits(store.change(image, SIZE))
    await set_quota(database, ada, OwnQuota(images=0, bytes=0))
    assert await fits(store.change(image, SIZE - 1))
    assert not await fits(store.change(image, SIZE))


@pytest.mark.parametrize("end", ["doom", "abandon", "expire", "promote"])
async def test_a_reservation_ends_with_the_state_of_its_key(database: Database, end: str) -> None:
    ada, store = await a_user(database), Store(database)
    async with database.units.writing() as unit:
        await unit.usage.reserve(ada, ONE, ONE, NO_QUOTA)
        await unit.ledger.stage(KEY, NOON, ONE, user=ada)
        await unit.commit()
    assert await store.usage(ada) == Usage(reserved=ONE)
    async with database.units.writing() as unit:
        match end:
            case "doom":
                await unit.ledger.doom(KEY, LATER)
            case "abandon":
                await unit.ledger.abandon(KEY, LATER)
                await unit.ledger.abandon(KEY, LATER)
            case "expire":
                assert await unit.ledger.expire(staged_before=NOON + timedelta(seconds=1), at=LATER) == 1
            case _:
                await unit.images.add(replace(a_draft(ada), variants=()), ONE)
                await unit.ledger.promote(KEY, FACTS, LATER, image=ImageId(7))
        await unit.commit()
    assert await store.usage(ada) == Usage(used=ONE if end == "promote" else NOTHING)
    if end == "promote":  # a live key is not abandoned, and gives nothing back when it is doomed
        async with database.units.writing() as unit:
            await unit.ledger.abandon(KEY, LATER)
            assert (await unit.ledger.find(KEY)).facts == FACTS  # type: ignore[union-attr]  # it is there
            await unit.ledger.doom(KEY, LATER)
            await unit.commit()
        assert await store.usage(ada) == Usage(used=ONE)


async def test_a_store_that_fails_leaves_nothing_reserved(database: Database) -> None:
    ada, store = await a_user(database), Store(database)

    async def fail(key: BlobKey, source: StagedPath) -> None:
        raise BlobStoreUnavailable

    store.blobs.put = fail  # type: ignore[method-assign]  # it fails
    with pytest.raises(BlobStoreUnavailable):
        await store.add(ada)
    assert await store.check(ada) == NOTHING


async def test_a_key_is_found_with_the_usage_of_its_user(database: Database) -> None:
    ada, store, serial = await a_user(database), Store(database), Serial(bytes(16))
    async with database.units.writing() as unit:
        await unit.access_keys.add(
            AccessKeyDraft(user=ada, name="a", serial=serial, scopes=frozenset(Scope), created_at=NOON)
        )
        await unit.commit()
    await store.add(ada)
    await set_quota(database, ada, OwnQuota(bytes=5))
    held = await database.lookups.find_key(serial)
    assert held is not None
    assert held.usage == await store.usage(ada) == Usage(used=ONE, own=OwnQuota(bytes=5))
