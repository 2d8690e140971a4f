"""The contract of Staging, on the folder that every installation uses."""

import asyncio
import gc
import hashlib
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.system.staging import FolderStaging
from domain.errors import BlobStoreUnavailable, UndecodableImage

pytestmark = pytest.mark.anyio


def files_in(staging: FolderStaging) -> list[Path]:
    return [*staging.inlets.iterdir(), *staging.outlets.iterdir()]


async def test_a_received_file_is_complete_and_hashed(staging: FolderStaging) -> None:
    pieces = [os.urandom(100_000) for _ in range(9)]
    async with staging.receive() as writer:
        for piece in pieces:
            await writer.write(piece)
        file = await writer.finish()
        data = await asyncio.to_thread(Path(file.path).read_bytes)
    assert data == b"".join(pieces)
    assert (file.size, file.digest) == (len(data), hashlib.sha256(data).hexdigest())


async def test_no_file_is_left_when_a_context_ends_or_fails(staging: FolderStaging) -> None:
    async with staging.receive() as writer:
        await writer.write(b"x")
        await writer.finish()
    with pytest.raises(RuntimeError):
        async with staging.receive() as writer, staging.outlet() as outlet, staging.inlet() as inlet:
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
    async with staging.inlet() as first, staging.inlet() as second, staging.outlet() as third:
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
