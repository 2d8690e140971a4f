"""Behaviour of PostgreSQL that SQLite lacks: concurrent writers, lock timeouts, a server that stops."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import make_url

from adapters.blobs.switched import SwitchedBlobStore
from adapters.memory.blobs import MemoryBlobStore
from adapters.sql.repositories.unit_of_work import SqlUnitsOfWork
from adapters.sql.transactions import postgres_connector
from adapters.sql.transactions.database_url import parse_database_url
from adapters.sql.transactions.engine import make_engine
from adapters.system.random_values import SystemRandomValues
from domain.errors import AccessKeyNameTaken, DatabaseUnavailable, ImageNameTaken, StaleImage
from domain.model.access.access_key import ALL_SCOPES, AccessKeyDraft, Serial
from domain.model.images.image import Image
from domain.model.images.naming import ImageName, ImageReference
from domain.model.jobs.job import JobReference
from domain.model.storage.store_move import Binding, StoreName
from domain.use_cases.stores.bind_store import BindStore
from kit.fixtures.adapters import Database, sql_database
from kit.fixtures.entities import NOON, a_draft, a_made_variant
from kit.fixtures.job_sources import ALL_JOBS, Jobs
from kit.fixtures.repositories import a_user, found, stored
from kit.servers.postgres import Postgres

pytestmark = pytest.mark.anyio


@pytest.fixture
async def url(postgres: Postgres) -> str:
    return await postgres.upgraded_database()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with sql_database(url) as database:
        yield database


@pytest.mark.parametrize("jobs", ALL_JOBS.values(), ids=ALL_JOBS)
async def test_concurrent_claims_never_get_the_same_job(url: str, database: Database, jobs: Jobs) -> None:
    written = await jobs.write(database, *[NOON] * 60)
    claimed: list[JobReference] = []

    async def claim_on_and_on() -> None:
        async with sql_database(url) as other:
            while True:
                async with other.units.writing() as unit:
                    found = await jobs.source(unit).claim(at=NOON, until=NOON + timedelta(minutes=1), limit=2)
                    await asyncio.sleep(0.002)
                    await unit.commit()
                if not found and not await is_any_due():
                    return
                claimed.extend(found)

    async def is_any_due() -> bool:
        async with database.units.reading() as unit:
            return await jobs.source(unit).is_any_due(NOON)

    async with asyncio.timeout(60):
        await asyncio.gather(*(claim_on_and_on() for _ in range(6)))
    assert sorted(claimed) == written
    async with database.units.reading() as unit:
        assert {await jobs.attempts(unit, job) for job in written} == {1}


async def test_concurrent_changes_of_an_image_are_serialised(database: Database) -> None:
    user = await a_user(database)
    (image,) = await stored(database, user, "a.jpg")

    async def make(name: str) -> None:
        async with database.units.writing() as unit:
            current = await unit.images.get(image.id)
            await asyncio.sleep(0.05)
            await unit.images.save(
                current.with_variant(current.variant(name).ready(a_made_variant(name.ljust(32, "0"))))
            )
            await unit.commit()

    await asyncio.gather(make("small"), make("medium"))
    assert all(variant.made for variant in (await found(database, image)).variants)


async def test_a_reader_never_waits_for_a_writer(database: Database) -> None:
    user = await a_user(database)
    (image,) = await stored(database, user, "a.jpg")
    async with database.units.writing() as writer:
        await writer.images.get(image.id)
        async with asyncio.timeout(1), database.units.reading() as reader:
            assert await reader.images.find(user, ImageReference(id=image.id)) == image


async def test_a_name_or_key_taken_twice_at_once_is_given_once(database: Database) -> None:
    user = await a_user(database)

    async def take(number: int) -> None:
        async with database.units.writing() as unit:
            await unit.images.add(a_draft(user, "same.jpg", key=str(number)))
            await asyncio.sleep(0.05)
            await unit.commit()

    async def issue(number: int) -> None:
        draft = AccessKeyDraft(
            user=user,
            name="default",
            serial=Serial(number.to_bytes(16)),
            scopes=ALL_SCOPES,
            created_at=NOON,
            expires_at=None,
        )
        async with database.units.writing() as unit:
            await unit.access_keys.add(draft)
            await asyncio.sleep(0.05)
            await unit.commit()

    taken = await asyncio.gather(take(1), take(2), issue(1), issue(2), return_exceptions=True)
    assert [type(each) for each in taken[:2] if each] == [ImageNameTaken]
    assert [type(each) for each in taken[2:] if each] == [AccessKeyNameTaken]


async def test_a_key_that_is_rotated_while_it_is_revoked_stays_revoked(database: Database) -> None:
    user = await a_user(database)
    draft = AccessKeyDraft(
        user=user, name="a", serial=Serial(bytes(16)), scopes=ALL_SCOPES, created_at=NOON, expires_at=None
    )
    async with database.units.writing() as unit:
        key = await unit.access_keys.add(draft)
        await unit.commit()

    async def rotate() -> None:
        async with database.units.writing() as unit:
            current = await unit.access_keys.get(key.id)
            await asyncio.sleep(0.1)
            await unit.access_keys.save(current.rotated(Serial(b"r" * 16)))
            await unit.commit()

    async def revoke() -> None:
        await asyncio.sleep(0.05)
        async with database.units.writing() as unit:
            current = await unit.access_keys.get(key.id)
            await unit.access_keys.save(current.revoked(NOON))
            await unit.commit()

    await asyncio.gather(rotate(), revoke())
    async with database.units.reading() as unit:
        assert (await unit.access_keys.get(key.id)).revoked_at == NOON


class SlowStore(MemoryBlobStore):
    """Each call takes a different time, so that concurrent starts interleave in all orders."""

    async def read(self) -> str | None:
        await asyncio.sleep(random.random() / 20)
        return await super().read()

    async def write(self, identity: str) -> None:
        await asyncio.sleep(random.random() / 20)
        await super().write(identity)


async def test_instances_that_start_at_once_bind_one_store(url: str) -> None:
    store = SlowStore()

    async def start() -> None:
        async with sql_database(url) as database:
            stores = {StoreName("storage"): store}
            await BindStore(database.units, stores, SwitchedBlobStore(stores), SystemRandomValues())()

    await asyncio.gather(*(start() for _ in range(8)))
    async with sql_database(url) as database, database.units.reading() as unit:
        assert await unit.store_binding.read() == Binding(await store.read() or "")


async def test_an_image_that_was_saved_meanwhile_is_stale(database: Database) -> None:
    user = await a_user(database)
    (image,) = await stored(database, user, "a.jpg")
    async with database.units.writing() as unit:
        await unit.images.save(image)
        await unit.commit()
    async with database.units.writing() as unit:
        with pytest.raises(StaleImage):
            await unit.images.save(replace(image, updated_at=NOON))


async def test_waiting_for_a_lock_has_a_deadline(url: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    user = await a_user(database)
    (image,) = await stored(database, user, "a.jpg")
    monkeypatch.setitem(postgres_connector.POSTGRES_SETTINGS, "lock_timeout", "300")
    impatient = make_engine(parse_database_url(url))
    async with database.units.writing() as locking:
        await locking.images.get(image.id)
        async with asyncio.timeout(3):
            with pytest.raises(DatabaseUnavailable):
                async with SqlUnitsOfWork(impatient).writing() as unit:
                    await unit.images.get(image.id)
    await impatient.dispose()


async def test_one_of_two_units_that_wait_for_each_other_is_ended(database: Database) -> None:
    """Its request is answered 503, so the client tries again, and nothing of it is kept."""
    user = await a_user(database)
    one, other = await stored(database, user, "a.jpg", "b.jpg")
    both_hold_one = asyncio.Barrier(2)

    async def rename(first: Image, second: Image, name: str) -> None:
        async with database.units.writing() as unit:
            await unit.images.save(replace(await unit.images.get(first.id), name=ImageName(f"{name}-1.jpg")))
            await both_hold_one.wait()
            await unit.images.save(replace(await unit.images.get(second.id), name=ImageName(f"{name}-2.jpg")))
            await unit.commit()

    ended = await asyncio.gather(rename(one, other, "x"), rename(other, one, "y"), return_exceptions=True)
    assert [type(each) for each in ended if each] == [DatabaseUnavailable]
    kept = "y" if ended[0] else "x"
    names = {(await found(database, image)).name for image in (one, other)}
    assert names == {f"{kept}-1.jpg", f"{kept}-2.jpg"}


async def test_the_pool_reconnects_at_once_to_a_restarted_server(
    postgres: Postgres, url: str, database: Database
) -> None:
    user = await a_user(database)
    (image,) = await stored(database, user, "a.jpg")
    reference = ImageReference(id=image.id)
    for _ in range(3):
        await asyncio.gather(*(database.lookups.image(user, reference) for _ in range(8)))
    postgres.stop()
    for asking in (database.lookups.image(user, reference), found(database, image)):
        with pytest.raises(DatabaseUnavailable):
            await asking
    postgres.start()
    answers = await asyncio.gather(*(database.lookups.image(user, reference) for _ in range(8)))
    assert {answer.id for answer in answers} == {image.id}
    assert await found(database, image) == image


async def test_a_wrong_password_or_database_is_reported_as_unavailable(postgres: Postgres, url: str) -> None:
    for wrong in (make_url(url).set(database="nothing"), make_url(url).set(port=1)):
        async with sql_database(wrong.render_as_string(hide_password=False)) as database:
            with pytest.raises(DatabaseUnavailable) as refused:
                async with database.units.reading() as unit:
                    await unit.ledger.is_empty()
            assert refused.value.reason
            with pytest.raises(DatabaseUnavailable):
                await database.lookups.find_key(Serial(bytes(16)))
