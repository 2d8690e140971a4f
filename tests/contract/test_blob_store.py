"""The contract of BlobStore, on every store."""

import asyncio
import os
from pathlib import Path

import pytest

from adapters.blobs.filesystem.store import FilesystemBlobStore
from adapters.system.staging import FolderStaging
from domain.errors import BlobDamaged, BlobNotFound, BlobStoreUnavailable
from domain.model.storage.blob import BlobKey, ByteRange
from domain.ports.blobs import BlobStore
from domain.ports.staging import StagedPath

pytestmark = pytest.mark.anyio

KEY = BlobKey("0123456789abcdef0123456789abcdef")
OTHER = BlobKey("f" * 32)
MEGABYTES = os.urandom(3 * 1024 * 1024 + 17)


async def put(store: BlobStore, staging: FolderStaging, key: BlobKey, data: bytes) -> None:
    async with staging.receive() as writer:
        await writer.write(data)
        await store.put(key, (await writer.finish()).path)


async def read(store: BlobStore, key: BlobKey, span: ByteRange | None = None) -> bytes:
    async with store.open(key, span) as steps:
        return b"".join([step async for step in steps])


@pytest.mark.parametrize("data", [b"", b"x", MEGABYTES], ids=["nothing", "a byte", "megabytes"])
async def test_a_blob_is_read_back_as_it_was_put(store: BlobStore, staging: FolderStaging, data: bytes) -> None:
    await put(store, staging, KEY, data)
    assert await read(store, KEY) == data
    assert (await store.stat(KEY)).size == len(data)


@pytest.mark.parametrize(
    "span", [ByteRange(0, 1), ByteRange(5, 2_000_000), ByteRange(len(MEGABYTES) - 1, len(MEGABYTES))]
)
async def test_a_range_is_read(store: BlobStore, staging: FolderStaging, span: ByteRange) -> None:
    await put(store, staging, KEY, MEGABYTES)
    assert await read(store, KEY, span) == MEGABYTES[span.start : span.stop]


@pytest.mark.parametrize("span", [ByteRange(2, 5), ByteRange(4, 6), ByteRange(7, 9)])
async def test_a_range_that_the_blob_does_not_have_is_reported(
    store: BlobStore, staging: FolderStaging, span: ByteRange
) -> None:
    await put(store, staging, KEY, b"1234")
    with pytest.raises(BlobDamaged):
        await read(store, KEY, span)


async def test_a_large_blob_is_read_in_several_steps(store: BlobStore, staging: FolderStaging) -> None:
    await put(store, staging, KEY, MEGABYTES)
    async with store.open(KEY) as steps:
        assert max([len(step) async for step in steps]) <= 1024 * 1024


async def test_a_missing_blob_is_not_found(store: BlobStore, staging: FolderStaging) -> None:
    async with staging.inlet() as target:
        for missing in (store.stat(KEY), store.fetch(KEY, target), read(store, KEY)):
            with pytest.raises(BlobNotFound):
                await missing


async def test_deleting_a_missing_blob_succeeds(store: BlobStore, staging: FolderStaging) -> None:
    await store.delete(KEY)
    await put(store, staging, KEY, b"x")
    await store.delete(KEY)
    await store.delete(KEY)
    with pytest.raises(BlobNotFound):
        await store.stat(KEY)


async def test_a_blob_deleted_while_it_is_read_is_read_to_its_end(store: BlobStore, staging: FolderStaging) -> None:
    await put(store, staging, KEY, MEGABYTES)
    async with store.open(KEY) as steps:
        begun = await anext(steps)
        await store.delete(KEY)
        assert begun + b"".join([step async for step in steps]) == MEGABYTES


async def test_a_fetched_blob_is_in_the_target_file(store: BlobStore, staging: FolderStaging) -> None:
    await put(store, staging, KEY, MEGABYTES)
    async with staging.inlet() as target:
        await store.fetch(KEY, target)
        assert await asyncio.to_thread(Path(target).read_bytes) == MEGABYTES
    assert await read(store, KEY) == MEGABYTES


async def test_a_fetched_file_that_is_removed_leaves_the_blob(store: BlobStore, staging: FolderStaging) -> None:
    await put(store, staging, KEY, b"kept")
    async with staging.inlet() as target:
        await store.fetch(KEY, target)
    assert await read(store, KEY) == b"kept"


async def test_the_list_holds_every_blob_and_no_other_file(store: BlobStore, staging: FolderStaging) -> None:
    await put(store, staging, KEY, b"one")
    await put(store, staging, OTHER, b"fifteen")
    await store.delete(OTHER)
    assert [(stat.key, stat.size) async for stat in store.list()] == [(KEY, 3)]


async def test_a_put_from_a_missing_file_leaves_nothing(store: BlobStore) -> None:
    with pytest.raises(Exception):  # noqa: B017  # the type of the error is not part of the contract
        await store.put(KEY, StagedPath("/nowhere/at/all"))
    assert [stat async for stat in store.list()] == []


async def test_a_cancelled_put_leaves_nothing_or_everything(store: BlobStore, staging: FolderStaging) -> None:
    for attempt in range(20):
        key = BlobKey(f"{attempt:032x}")
        async with staging.receive() as writer:
            await writer.write(MEGABYTES)
            staged = await writer.finish()
            putting = asyncio.create_task(store.put(key, staged.path))
            for _ in range(attempt % 4):
                await asyncio.sleep(0)
            putting.cancel()
            cancelled = (await asyncio.gather(putting, return_exceptions=True))[0] is not None
        if cancelled:
            with pytest.raises(BlobNotFound):
                await store.stat(key)
        else:
            assert await read(store, key) == MEGABYTES


async def test_fifty_puts_at_once_do_not_disturb_each_other(store: BlobStore, staging: FolderStaging) -> None:
    blobs = {BlobKey(f"{number:032x}"): os.urandom(number * 1000) for number in range(50)}
    await asyncio.gather(*(put(store, staging, key, data) for key, data in blobs.items()))
    assert {key: await read(store, key) for key in blobs} == blobs


async def test_a_missing_store_is_not_taken_for_a_missing_blob(tmp_path: Path, staging: FolderStaging) -> None:
    away = FilesystemBlobStore(tmp_path / "not mounted")
    async with staging.inlet() as target:
        for verb in (away.stat(KEY), away.fetch(KEY, target), read(away, KEY), away.delete(KEY), away.probe()):
            with pytest.raises(BlobStoreUnavailable):
                await verb
    with pytest.raises(BlobStoreUnavailable):  # the probe fails, so nginx is not asked for files
        away.path(KEY)


async def test_files_are_read_while_a_probe_is_under_way(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path / "blobs")
    await store.write("mark")
    probing = asyncio.create_task(store.probe())
    await asyncio.sleep(0)
    assert store.path(KEY) is not None
    await probing
    assert store.path(KEY) is not None


async def test_the_probe_answers_and_leaves_nothing_behind(store: BlobStore) -> None:
    await store.probe()
    assert [stat async for stat in store.list()] == []
