"""Several processes delete expired images at once, on every database."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.memory.blobs import MemoryBlobStore
from adapters.system.concurrency import AsyncioConcurrency
from adapters.system.links import HmacLinks
from domain.model.images.details import ImageDetails, Slug
from domain.model.images.purging import PURGE_CACHE
from domain.model.jobs.job import JobState
from domain.model.storage.blob import BlobKey, BlobState
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.images.public.write_purges import WritePurges
from domain.use_cases.images.removing.delete_expired_images import DeleteExpiredImages
from domain.use_cases.images.removing.remove_images import RemoveImages
from kit.fixtures.adapters import Database
from kit.fixtures.application import NoQueue
from kit.fixtures.entities import NOON, CountingValues, SetClock, a_draft
from kit.fixtures.repositories import a_user

pytestmark = pytest.mark.anyio

PROCESSES, IMAGES = 4, 12


async def test_each_image_is_removed_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.use_cases.images.removing.delete_expired_images.REMOVED_AT_ONCE", 5)
    clock = SetClock()
    lifecycle = BlobLifecycle(
        database.units,
        MemoryBlobStore(),
        HmacLinks([b"x" * 32], lifetime=3600),
        clock,
        CountingValues(),
        AsyncioConcurrency(),
    )
    user = await a_user(database)
    async with database.units.writing() as unit:
        for number in range(IMAGES):
            key = BlobKey(f"{number:032}")
            details = ImageDetails(slug=Slug(f"{number:022}"), expires_at=NOON + timedelta(minutes=number % 3))
            await unit.ledger.stage(key, NOON)
            await lifecycle.add(unit, replace(a_draft(user, f"{number}.jpg", key=key), details=details))
        await unit.commit()
    remove = RemoveImages(lifecycle, database.units, NoQueue(), clock, WritePurges(has_cache=True))
    clock.advance(hours=1)
    await asyncio.gather(*(DeleteExpiredImages(remove, database.units, clock)() for _ in range(PROCESSES)))
    async with database.units.reading() as unit:
        assert await unit.images.count(user) == 0
        jobs = await unit.jobs.list(states=frozenset(JobState), limit=99)
        assert [job.kind for job in jobs] == [PURGE_CACHE] * IMAGES
        records = await unit.ledger.walk(after=None, limit=99)
        assert [record.state for record in records] == [BlobState.DOOMED] * IMAGES
