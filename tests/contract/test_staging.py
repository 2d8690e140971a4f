"""The contract of Staging, on the folder that every installation uses."""

import asyncio
import gc
import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.shared.memory_files import LARGEST
from adapters.system.staging import BATCH_SIZE, FolderStaging
from domain.errors import BlobStoreUnavailable, UndecodableImage
from kit.missing import missing

pytestmark = pytest.mark.anyio

LARGE = LARGEST + 1


def files_in(staging: FolderStaging) -> list[Path]:
    return [*staging.inlets.iterdir(), *staging.outlets.iterdir()]


def files_in_memory() -> int:
    """Other descriptors of this process come and go meanwhile."""
    found = 0
    for each in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed in between
            found += str(each.readlink()).startswith("/memfd:calotype")
    return found


async def test_a_received_file_is_complete_and_hashed(staging: FolderStaging) -> None:
    pieces = [os.urandom(100_000) for _ in range(9)]
    async with staging.receive() as writer:
        for piece in pieces:
            await writer.write(piece)
        file = await writer.finish()
        data = await asyncio.to_thread(Path(file.path).read_bytes)
    assert data == b"".join(pieces)
    assert (file.size, file.digest) == (len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("size", [0, 1, LARGEST, LARGE, BATCH_SIZE, BATCH_SIZE + 1])
async def test_files_of_all_sizes_can_be_read_again_and_again(staging: FolderStaging, size: int) -> None:
    data = os.urandom(size)
    async with staging.receive() as writer:
        await writer.write(data[: size // 2])
        await writer.write(data[size // 2 :])
        file = await writer.finish()
        assert [await asyncio.to_thread(Path(file.path).read_bytes) for _ in range(2)] == [data, data]
    assert (file.size, file.digest) == (size, hashlib.sha256(data).hexdigest())


async def test_small_files_do_not_touch_the_disk(staging: FolderStaging) -> None:
    async with staging.receive() as writer, staging.outlet(LARGEST) as outlet:
        await writer.write(b"x" * LARGEST)
        await writer.finish()
        Path(outlet).write_bytes(b"an image")
        assert Path(outlet).read_bytes() == b"an image"
        assert files_in(staging) == []


async def test_no_descriptor_is_left_of_small_files(staging: FolderStaging) -> None:
    async def fail(pause: float) -> None:
        async with staging.receive() as writer, staging.outlet(1):
            await writer.write(b"x")
            await writer.finish()
            await asyncio.sleep(pause)
            raise RuntimeError

    before = files_in_memory()
    tasks = [asyncio.create_task(fail(pause)) for pause in (0, 60)]
    await asyncio.sleep(0.01)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert files_in_memory() == before


async def test_no_file_is_left_when_a_context_ends_or_fails(staging: FolderStaging) -> None:
    async with staging.receive() as writer:
        await writer.write(b"x")
        await writer.finish()
    with pytest.raises(RuntimeError):
        async with staging.receive() as writer, staging.outlet(LARGE) as outlet, staging.inlet() as inlet:
            await writer.write(b"x" * 1_000_000)
            Path(outlet).touch()
            Path(inlet).touch()
            raise RuntimeError
    assert files_in(staging) == []


async def test_no_file_is_left_when_a_writer_is_cancelled(staging: FolderStaging) -> None:
    async def write_for_ever() -> None:
        async with staging.receive() as writer:
            while True:
                await writer.write(os.urandom(300_000))

    for pause in (0.0, 0.001, 0.005):
        writing = asyncio.create_task(write_for_ever())
        await asyncio.sleep(pause)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    assert files_in(staging) == []


async def test_every_path_is_unique(staging: FolderStaging) -> None:
    async with staging.inlet() as first, staging.inlet() as second, staging.outlet(LARGE) as third:
        assert len({first, second, third}) == 3
        assert not any(Path(path).exists() for path in (first, second, third))


async def test_the_files_of_a_killed_process_are_removed_by_the_next_one(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from adapters.system.staging import FolderStaging\n"
        "s = FolderStaging(Path(sys.argv[1])); s.open(); (s.inlets / 'left').write_text('x'); print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    root = tmp_path / "staging"
    with subprocess.Popen([sys.executable, "-c", program, str(root)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        staging = FolderStaging(root)
        staging.open()
        assert len(list(root.glob("*/in/left"))) == 1, "the files of a running process are kept"
        staging.close()
        other.send_signal(signal.SIGKILL)
        other.wait()
    after = FolderStaging(root)
    after.open()
    assert list(root.glob("*/in/left")) == []
    after.close()
    assert [path.name for path in root.iterdir()] == [".lock"]


@pytest.mark.parametrize("removed", ["..", ".", "in", "out"])
async def test_folders_that_were_removed_are_made_anew(
    tmp_path: Path, removed: str, caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "staging"
    staging = FolderStaging(root)
    staging.open()
    shutil.rmtree(staging.inlets.parent.joinpath(removed).resolve())
    await staging.probe()
    async with staging.receive() as writer, staging.outlet(LARGE) as target:
        await writer.write(b"x" * LARGE)
        await writer.finish()
        Path(target).write_bytes(b"smaller")
    other = FolderStaging(root)
    other.open()
    assert staging.inlets.is_dir(), "another process takes it for one in use"
    assert len(caplog.records) == 1
    await staging.probe()
    assert len(caplog.records) == 1
    other.close()
    staging.close()


async def test_a_disk_that_was_removed_is_reported_until_it_is_back(tmp_path: Path) -> None:
    disk, away = tmp_path / "disk", tmp_path / "away"
    disk.mkdir()
    staging = FolderStaging(disk / "staging")
    staging.open()
    disk.rename(away)
    for _ in range(2):
        with pytest.raises(BlobStoreUnavailable):
            await staging.probe()
    away.rename(disk)
    await staging.probe()
    async with staging.receive() as writer:
        await writer.finish()
    staging.close()
    assert [path.name for path in (disk / "staging").iterdir()] == [".lock"]


async def ended(*command: str) -> int:
    process = await asyncio.create_subprocess_exec(*command, stderr=subprocess.DEVNULL)
    return await process.wait()


async def test_nothing_is_made_below_the_mount_point_of_a_disk_that_was_removed(tmp_path: Path) -> None:
    mount = shutil.which("mount") or "/bin/mount"
    if await ended(mount, "-t", "tmpfs", "tmpfs", str(tmp_path)):
        missing("only root can mount a disk")
    staging = FolderStaging(tmp_path / "staging")
    staging.open()
    assert await ended(mount.replace("mount", "umount"), "--lazy", str(tmp_path)) == 0
    with pytest.raises(BlobStoreUnavailable):
        await staging.probe()
    assert list(tmp_path.iterdir()) == []
    staging.close()


async def test_a_missing_disk_is_reported(tmp_path: Path) -> None:
    with pytest.raises(BlobStoreUnavailable):
        FolderStaging(tmp_path / "not mounted" / "staging").open()


@pytest.mark.parametrize("pieces", [(150_000,), (300_000,), (300_000, 300_000, 1)])
async def test_a_failed_write_is_always_reported(
    staging: FolderStaging, pieces: tuple[int, ...], caplog: pytest.LogCaptureFixture
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # stands for a full disk: no file may be larger
    try:
        with pytest.raises(BlobStoreUnavailable):
            async with staging.receive() as writer:
                for size in pieces:
                    await writer.write(bytes(size))
                await writer.finish()
        with pytest.raises(UndecodableImage):
            async with staging.receive() as writer:
                await writer.write(bytes(300_000))
                raise UndecodableImage
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    del writer
    gc.collect()  # asyncio logs an error that was never retrieved when its task is collected
    assert files_in(staging) == []
    assert caplog.records == []
