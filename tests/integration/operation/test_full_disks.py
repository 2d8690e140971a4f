"""Disks on which nothing fits any more, under a running server."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from kit.images.samples import sample_image
from kit.missing import missing
from kit.servers.calotype import running
from kit.servers.requests import SAMPLE, store, with_variants


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes, if this user may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount") or "/bin/mount"  # Debian has it, and not always on the path
    mounted = subprocess.run([mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        missing(f"only root can mount the small disk that this test fills: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run([mount.replace("mount", "umount"), disk], check=True)


def test_a_full_disk_is_a_507_until_there_is_room_and_loses_no_image(small_disk: Path, tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_STORAGE__PATH=str(small_disk / "blobs")) as server:
        with server.client(server.token()) as client:
            image = with_variants(client, store(client)["id"])
            ballast = small_disk / "ballast"
            with pytest.raises(OSError), ballast.open("wb") as stream:
                while True:
                    stream.write(bytes(65536))
            refused = client.post(
                "/image/", files={"image": ("b.png", sample_image(width=900, height=900, compress_level=0))}
            )
            assert refused.status_code == 507, refused.text
            assert "no space" in refused.json()["detail"]
            assert httpx.get(image["original"]).status_code == 200
            assert client.get("/image/").json()["count"] == 1
            ballast.unlink()
            with_variants(client, store(client, sample_image(seed=2))["id"])


def test_a_database_that_cannot_be_written_is_not_ready(small_disk: Path, tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_DATABASE__URL=f"sqlite:///{small_disk}/database") as server:
        token = (
            server.run("get-access-key", "admin").stdout.decode().strip()
        )  # a process, so that nothing of the disk stays open
        with server.client(token) as client:
            image = with_variants(client, store(client)["id"])
            with pytest.raises(OSError), (small_disk / "ballast").open("wb", buffering=0) as stream:
                while True:
                    stream.write(bytes(512))
            assert client.post("/image/", files={"image": ("b.png", SAMPLE)}).status_code == 507
            failing: dict[str, str] = {}
            until = time.monotonic() + 15  # seconds: a probe writes every ten
            while not failing and time.monotonic() < until:
                failing = client.get("/health/ready/").json().get("failing", {})
                time.sleep(0.2)
            assert failing == {"database": "storage-full"}
            assert client.get(f"/image/{image['id']}/").status_code == 200
            (small_disk / "ballast").unlink()
            assert client.get("/health/ready/").status_code == 200
