"""The folder of blobs after a power cut."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.blobs.filesystem.store import FilesystemBlobStore
from adapters.system.staging import FolderStaging
from domain.model.storage.blob import BlobKey
from kit.disks.power_cuts import PowerCuts

pytestmark = pytest.mark.anyio

ONE, TWO = BlobKey("ab" + "0" * 30), BlobKey("ab" + "1" * 30)


@pytest.fixture
def power_cuts() -> Iterator[PowerCuts]:
    cuts = PowerCuts()
    with cuts.watching():
        yield cuts


@pytest.fixture
async def root(tmp_path: Path, power_cuts: PowerCuts) -> Path:
    """The folder of a new store."""
    await FilesystemBlobStore(tmp_path / "blobs").write("mark")
    return tmp_path / "blobs"


async def put(root: Path, key: BlobKey, staging: FolderStaging) -> FilesystemBlobStore:
    """Put a blob into the store by a process of its own, which knows no shard."""
    store = FilesystemBlobStore(root)
    async with staging.receive() as writer:
        await writer.write(b"bytes")
        await store.put(key, (await writer.finish()).path)
    return store


async def test_a_blob_that_was_put_is_left_and_a_deleted_one_is_not(
    root: Path, staging: FolderStaging, power_cuts: PowerCuts
) -> None:
    store = await put(root, ONE, staging)
    await put(root, TWO, staging)
    assert power_cuts.left_in(root) == {ONE, TWO}
    await store.delete(ONE)
    assert power_cuts.left_in(root) == {TWO}


async def test_a_blob_whose_removal_another_process_did_not_make_durable_is_not_left(
    root: Path, staging: FolderStaging, power_cuts: PowerCuts
) -> None:
    store = await put(root, ONE, staging)
    (root / "ab" / ONE).unlink()
    assert power_cuts.left_in(root) == {ONE}
    await store.delete(ONE)
    assert power_cuts.left_in(root) == set()


async def test_a_shard_that_another_put_has_just_made_is_left(
    root: Path, staging: FolderStaging, power_cuts: PowerCuts
) -> None:
    (root / "ab").mkdir()
    await put(root, ONE, staging)
    assert power_cuts.left_in(root) == {ONE}
