"""Memory of a server that streams 32 concurrent reads of 20 MB from an S3 store."""

import hashlib
import threading
import time
from pathlib import Path

import httpx
import pytest
from PIL import Image

from kit.servers.calotype import running
from kit.servers.object_stores import ObjectStores, as_settings

READERS, SIZE, BOUND = 32, 20_000_000, 80_000_000


@pytest.mark.timeout(900)
def test_many_large_reads_at_once_take_little_memory(object_stores: ObjectStores, tmp_path: Path) -> None:
    bucket = object_stores.usual.make_bucket()
    with running(tmp_path, **as_settings(bucket), CALOTYPE_IMAGES__COMPRESSION="off") as service:
        image = large_png(tmp_path)
        assert len(image) > SIZE
        with service.client(service.token()) as client:
            stored = client.post("/image/", files={"image": ("large.png", image)}).json()
            assert stored["size"] > SIZE
            time.sleep(5)  # until the variants are made
            address, token = f"{service.url}/image/large.png/", client.headers["Authorization"]
            client.get(address)
        digests: list[str] = []
        before = peak = resident(service.processes())
        threads = [threading.Thread(target=read, args=(address, token, digests)) for _ in range(READERS)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            peak = max(peak, resident(service.processes()))
            time.sleep(0.02)
    print(f"\n{READERS} reads of {len(image) / 1e6:.1f} MB at once: {(peak - before) / 1e6:.0f} MB more memory")
    assert digests == [stored["sha256"]] * READERS
    assert peak - before <= BOUND


def read(address: str, token: str, digests: list[str]) -> None:
    digest = hashlib.sha256()
    with httpx.stream("GET", address, headers={"Authorization": token}, timeout=120) as answer:
        for step in answer.iter_bytes(64 * 1024):
            digest.update(step)
    digests.append(digest.hexdigest())


def resident(processes: list[int]) -> int:
    """Bytes of memory of these processes; shared pages are counted once."""
    found = 0
    for process in processes:
        try:
            status = Path(f"/proc/{process}/status").read_text()
        except FileNotFoundError:
            continue
        found += 1024 * int(status.partition("VmRSS:")[2].split()[0])
    return found


def large_png(folder: Path) -> bytes:
    """A PNG of noise, which cannot be compressed."""
    file = folder / "noise.png"
    Image.effect_noise((4900, 4900), 120).convert("L").save(file, compress_level=1)
    return file.read_bytes()
