"""Disks on which nothing fits any more, under a running server."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from kit.disks.small_disk import fill, small_disk
from kit.images.samples import sample_image
from kit.servers.calotype import running
from kit.servers.requests import SAMPLE, store, with_variants


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", megabytes=4) as disk:
        yield disk


def test_a_full_disk_is_a_507_until_there_is_room_and_loses_no_image(disk: Path, tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_STORAGE__PATH=str(disk / "blobs")) as server:
        with server.client(server.token()) as client:
            image = with_variants(client, store(client)["id"])
            ballast = fill(disk)
            refused = client.post(
                "/image/", files={"image": ("b.png", sample_image(width=900, height=900, compress_level=0))}
            )
            assert refused.status_code == 507, refused.text
            assert "no space" in refused.json()["detail"]
            assert httpx.get(image["original"]).status_code == 200
            assert client.get("/image/").json()["count"] == 1
            ballast.unlink()
            with_variants(client, store(client, sample_image(seed=2))["id"])


def test_a_database_that_cannot_be_written_is_not_ready(disk: Path, tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_DATABASE__URL=f"sqlite:///{disk}/database") as server:
        token = (
            server.run("get-access-key", "admin").stdout.decode().strip()
        )  # a process, so that nothing of the disk stays open
        with server.client(token) as client:
            image = with_variants(client, store(client)["id"])
            ballast = fill(disk)
            assert client.post("/image/", files={"image": ("b.png", SAMPLE)}).status_code == 507
            failing: dict[str, str] = {}
            until = time.monotonic() + 15  # seconds: a probe writes every ten
            while not failing and time.monotonic() < until:
                failing = client.get("/health/ready/").json().get("failing", {})
                time.sleep(0.2)
            assert failing == {"database": "storage-full"}
            assert client.get(f"/image/{image['id']}/").status_code == 200
            ballast.unlink()
            assert client.get("/health/ready/").status_code == 200


def test_a_full_disk_is_freed_by_deletions_and_kept_free_for_them(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "disk", megabytes=40) as disk,
        running(tmp_path, CALOTYPE_STORAGE__DATA=str(disk / "data")) as server,
    ):
        token = server.run("get-access-key", "admin").stdout.decode().strip()
        server.run("keys", "issue", "admin", "--name", "lost")
        with server.client(token) as client:
            images = [with_variants(client, store(client, sample_image(seed=seed))["id"]) for seed in range(30)]
            reserve = disk / "data" / "calotype.sqlite3-reserve"
            _until(lambda: reserve.exists() and reserve.stat().st_size > 0)
            ballast = fill(disk)
            refused = _until_refused(client, images[0]["id"])
            assert refused.status_code == 507, refused.text
            first, *others = images
            assert client.delete(f"/image/{first['id']}/").status_code == 204
            assert reserve.stat().st_size == 0
            upload = client.post("/image/", files={"image": ("b.png", SAMPLE)})
            assert upload.status_code == 507, "the reserve is for what frees room"
            for image in others:
                assert client.delete(f"/image/{image['id']}/").status_code == 204
            assert client.get("/image/").json()["count"] == 0
            assert list((disk / "data" / "blobs").glob("??/*")) == []
            server.run("keys", "revoke", "2")
            ballast.unlink()
            _until(lambda: reserve.stat().st_size > 0)
            with_variants(client, store(client, sample_image(seed=2))["id"])


def _until_refused(client: httpx.Client, id: int) -> httpx.Response:
    """The first answer that is no success, to changes that write into the database."""
    for number in range(500):
        answer = client.patch(f"/image/{id}/", json={"alt": f"{number} " * 200})
        if not answer.is_success:
            return answer
    raise AssertionError("the disk is not full")


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20  # seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)
