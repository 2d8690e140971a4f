"""The server's memory during many large uploads, and a worker's memory for one large image."""

import asyncio
from pathlib import Path

import httpx
import pytest

from adapters.codec.shared.limits import PoolLimits
from adapters.system.staging import FolderStaging
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat
from kit.images.codecs import a_photo, encoded
from kit.images.samples import sample_image
from kit.servers.calotype import Server, proc_file, running
from kit.servers.workers import compressed, open_codec, worker_ids

UPLOADS = 32
SIZE = 50 * 1024 * 1024 - 4096
BOUND = 64 * 1024  # kB
PAUSE = 0.05  # seconds between two looks at the memory


def resident(server: Server) -> int:
    """kB of the server's processes, without the codec's."""
    total = 0
    for pid in server.processes():
        found = proc_file(pid, "status").partition("VmRSS:")[2].split()
        if found and "fork_server" not in proc_file(pid, "cmdline"):
            total += int(found[0])
    return total


def test_32_concurrent_uploads_of_50_megabytes_take_little_memory(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.client(server.token()) as client:
        assert client.post("/image/", files={"image": ("a.png", sample_image())}).status_code == 201
        before = resident(server)
        statuses, most = asyncio.run(uploaded(server, client.headers))
        assert statuses == [201] * UPLOADS
        assert most - before <= BOUND, f"{(most - before) / 1024:.0f} MB"


async def uploaded(server: Server, headers: httpx.Headers) -> tuple[list[int], int]:
    """The statuses of uploads sent at once, and the most memory that the server took meanwhile.

    One event loop sends them all in turn: of as many threads, some would send nothing until they are refused as too slow.
    """
    padded = sample_image() + bytes(SIZE)  # what follows the image is read, and not stored
    most = 0
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=120) as client:
        files = {"image": ("a.png", padded)}
        uploads = [asyncio.create_task(client.post("/image/", files=files)) for _ in range(UPLOADS)]
        while not all(upload.done() for upload in uploads):
            most = max(most, resident(server))
            await asyncio.sleep(PAUSE)
    return [upload.result().status_code for upload in uploads], most


@pytest.mark.anyio
@pytest.mark.parametrize("mode", [CompressionMode.HIGH, CompressionMode.EXCELLENT])
async def test_a_jpeg_of_22_megapixels_takes_little_memory_in_a_worker(
    staging: FolderStaging, mode: CompressionMode
) -> None:
    upload = encoded(a_photo(5760, 3840), ImageFormat.JPEG, quality=95)
    async with open_codec(PoolLimits(workers=1)) as codec:
        [worker] = await worker_ids(codec, 1)
        made = await compressed(codec, staging, upload, mode)
        assert not made.receipt.lossless
        assert await worker_ids(codec, 1) == {worker}
        peak = int(proc_file(worker, "status").partition("VmHWM:")[2].split()[0]) * 1024
        assert peak <= 260_000_000, f"{peak / 1e6:.0f} MB"
