"""Failures of an S3 store: which errors are raised, what is retried, and that no failed call is reported as done."""

import asyncio
import os
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.blobs.filesystem.store import FilesystemBlobStore
from adapters.blobs.s3.bucket import MinioBucket
from adapters.blobs.s3.store import MinioBlobStore
from adapters.system.clock import SystemClock
from adapters.system.staging import FolderStaging
from domain.errors import (
    BlobNotFound,
    BlobStoreAccessDenied,
    BlobStoreUnavailable,
    BucketMissing,
    ClocksDiffer,
)
from domain.model.storage.blob import BlobKey
from domain.ports.blobs import BlobStore
from kit.fixtures.entities import SetClock
from kit.servers.object_stores import SERVERS, ObjectStores
from kit.servers.proxies.faulty_proxy import FaultyProxy, ProxyMode, faulty_proxy

pytestmark = pytest.mark.anyio

KEY = BlobKey("0123456789abcdef0123456789abcdef")
DATA = os.urandom(3 * 1024 * 1024)


@pytest.fixture
def bucket(object_stores: ObjectStores) -> MinioBucket:
    return object_stores.usual.make_bucket()


@pytest.fixture
def proxy(bucket: MinioBucket) -> Iterator[FaultyProxy]:
    with faulty_proxy(bucket.endpoint) as proxy:
        yield proxy


@pytest.fixture
async def store(bucket: MinioBucket, proxy: FaultyProxy) -> AsyncIterator[MinioBlobStore]:
    """A marked store behind the proxy, with short timeouts."""
    store = MinioBlobStore(replace(bucket, endpoint=proxy.address), SystemClock(), deadline=2)
    await store.write("mark")
    yield store
    await store.close()


async def put(store: BlobStore, staging: FolderStaging, data: bytes = DATA) -> None:
    async with staging.receive() as writer:
        await writer.write(data)
        await store.put(KEY, (await writer.finish()).path)


async def read(store: BlobStore) -> bytes:
    async with store.open(KEY) as steps:
        return b"".join([step async for step in steps])


async def test_bytes_that_change_on_the_way_in_are_refused_by_the_store(
    store: MinioBlobStore, proxy: FaultyProxy, staging: FolderStaging
) -> None:
    proxy.mode = ProxyMode.CORRUPTING
    with pytest.raises(BlobStoreUnavailable):
        await put(store, staging)
    proxy.mode = ProxyMode.PASSING
    with pytest.raises(BlobNotFound):
        await store.stat(KEY)


async def test_a_truncated_answer_is_an_error(
    store: MinioBlobStore, proxy: FaultyProxy, staging: FolderStaging
) -> None:
    await put(store, staging)
    proxy.mode = ProxyMode.CUTTING
    with pytest.raises(BlobStoreUnavailable):
        await read(store)
    async with staging.inlet() as target:
        with pytest.raises(BlobStoreUnavailable):
            await store.fetch(KEY, target)


@pytest.mark.parametrize("mode", [ProxyMode.DOWN, ProxyMode.BUSY])
async def test_a_short_failure_is_retried(
    store: MinioBlobStore, proxy: FaultyProxy, staging: FolderStaging, mode: ProxyMode
) -> None:
    proxy.mode = mode

    async def mend() -> None:
        await asyncio.sleep(0.5)
        proxy.mode = ProxyMode.PASSING

    mending = asyncio.create_task(mend())
    await put(store, staging)
    await mending
    assert await read(store) == DATA


@pytest.mark.parametrize("mode", [ProxyMode.DOWN, ProxyMode.BUSY, ProxyMode.HANGING])
async def test_a_longer_failure_ends_every_call_within_its_deadline(
    store: MinioBlobStore, proxy: FaultyProxy, staging: FolderStaging, mode: ProxyMode
) -> None:
    proxy.mode = mode
    async with asyncio.timeout(25), staging.inlet() as target:
        for verb in (store.stat(KEY), store.delete(KEY), store.probe(), read(store), put(store, staging, b"x")):
            with pytest.raises(BlobStoreUnavailable):
                await verb
        del target
    proxy.mode = ProxyMode.PASSING
    await store.probe()


async def test_a_wrong_key_a_wrong_secret_and_a_missing_bucket_are_distinguished(
    bucket: MinioBucket, staging: FolderStaging
) -> None:
    wrong = {
        replace(bucket, access_key="nobody"): BlobStoreAccessDenied,
        replace(bucket, secret_key="wrong"): BlobStoreAccessDenied,
        replace(bucket, bucket="no-such-bucket"): BucketMissing,
    }
    for which, expected in wrong.items():
        store = MinioBlobStore(which, SystemClock())
        for verb in (store.probe(), store.read()):
            with pytest.raises(expected):
                await verb
        with pytest.raises(BlobStoreUnavailable):
            await read(store)
        await store.close()


async def test_a_store_without_its_mark_is_refused(bucket: MinioBucket) -> None:
    store = MinioBlobStore(bucket, SystemClock())
    assert await store.read() is None
    with pytest.raises(BlobStoreUnavailable):
        await store.probe()
    await store.close()


@pytest.mark.parametrize("server", SERVERS)
async def test_a_clock_that_is_wrong_by_more_than_fifteen_minutes_is_noticed(
    server: str, object_stores: ObjectStores
) -> None:
    clock = SetClock(datetime.now(UTC))
    store = MinioBlobStore(object_stores.named(server).make_bucket(), clock)  # the SDK signs with the true time
    await store.write("mark")
    clock.advance(minutes=14)
    await store.probe()
    for skew in (2, -32):
        clock.advance(minutes=skew)
        for verb in (store.probe(), store.read()):
            with pytest.raises(ClocksDiffer):
                await verb
    await store.close()


async def test_a_cancelled_read_of_a_stalled_store_does_not_block_others(
    store: MinioBlobStore, proxy: FaultyProxy, staging: FolderStaging
) -> None:
    await put(store, staging)
    proxy.mode = ProxyMode.STALLING
    pauses: list[float] = []

    async def beat() -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.02)
            pauses.append(time.monotonic() - began)

    beating, reading = asyncio.create_task(beat()), asyncio.create_task(read(store))
    await asyncio.sleep(0.7)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await asyncio.sleep(0.2)
    beating.cancel()
    assert max(pauses) < 0.5
    proxy.mode = ProxyMode.PASSING


@pytest.mark.parametrize("kind", ["filesystem", "minio"])
async def test_no_blob_is_held_entirely_in_memory(
    kind: str, bucket: MinioBucket, staging: FolderStaging, tmp_path: Path
) -> None:
    store = MinioBlobStore(bucket, SystemClock()) if kind == "minio" else FilesystemBlobStore(tmp_path / "blobs")
    await store.write("mark")
    large = os.urandom(1024 * 1024) * 48
    async with staging.receive() as writer:
        await writer.write(large)
        file = await writer.finish()
        tracemalloc.start()
        try:
            await store.put(KEY, file.path)
            async with store.open(KEY) as steps:
                assert sum([len(step) async for step in steps]) == len(large)
            async with staging.inlet() as target:
                await store.fetch(KEY, target)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    await store.close()
    assert peak < 8 * 1024 * 1024
