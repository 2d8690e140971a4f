"""``calotype backup`` beside a server that clients use, and ``calotype restore`` elsewhere, with kills in between."""

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from entrypoints.cli.exits import NOT_WHOLE
from kit.fixtures.moving import ClientLoad
from kit.images.samples import sample_image
from kit.servers.calotype import CALOTYPE, Server, running
from kit.servers.object_stores import ObjectStores, as_settings
from kit.servers.postgres import Postgres
from kit.servers.requests import store, with_variants

IMAGES = 40
PATIENCE = 60  # seconds


@pytest.fixture
def remote(postgres: Postgres, object_stores: ObjectStores) -> dict[str, str]:
    """The settings of an installation in PostgreSQL and an S3 store, both empty."""
    url = postgres.fresh_url().replace("+asyncpg", "")
    return {"CALOTYPE_DATABASE__URL": url, **as_settings(object_stores.usual.make_bucket())}


def elsewhere(folder: Path, settings: dict[str, str], source: Server | None = None) -> Server:
    """An installation that is not there yet, with the server secret of ``source``."""
    (folder / "calotype-data").mkdir(parents=True)
    if source is not None:
        shutil.copy(source.folder / "calotype-data" / "secret", folder / "calotype-data")
    return Server(folder, settings)


def result(ended: "subprocess.CompletedProcess[bytes]") -> Any:
    assert ended.stdout, ended.stderr.decode()
    return json.loads(ended.stdout)


def blobs_in(folder: Path) -> int:
    return sum(each.is_file() for each in folder.glob("[0-9a-f][0-9a-f]/[0-9a-f]*"))


def killed(server: Server, *arguments: str, once: Callable[[], bool]) -> None:
    """Begin the command, and kill it as soon as ``once`` is so."""
    process = subprocess.Popen(
        [*CALOTYPE, *arguments],
        cwd=server.folder,
        env=server.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + PATIENCE
    while not once():
        assert process.poll() is None, "it was over before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.002)
    process.kill()
    process.wait()


def check_images(server: Server, token: str, images: dict[str, str]) -> None:
    """Assert that the server shows these images, whose digests are given by name."""
    with server.client(token) as client:
        for name, digest in images.items():
            answer = client.get(f"/image/{name}/")
            assert answer.status_code == 200, name
            assert hashlib.sha256(answer.content).hexdigest() == digest


@pytest.mark.parametrize("to", ["S3 and PostgreSQL", "folder and SQLite"])
def test_a_backup_under_load_is_restored_to_the_other_kind(tmp_path: Path, remote: dict[str, str], to: str) -> None:
    mine, other = ({}, remote) if to == "S3 and PostgreSQL" else (remote, {})
    (tmp_path / "source").mkdir()
    with running(tmp_path / "source", **mine) as service:
        token = service.token()
        load = ClientLoad(service, token)
        load.fill(IMAGES)
        before = dict(load.kept)
        load.begin()
        try:
            made = service.run("backup", str(tmp_path / "backup"), "--json")
            again = service.run("backup", str(tmp_path / "backup"), "--json")
        finally:
            load.end()
        load.check()
        assert b"server secret is not in the backup: keep a copy of" in made.stderr
        assert result(made)["not_whole"] == result(again)["not_whole"] == []
        assert result(made)["copied"] >= IMAGES
        assert result(again)["copied"] <= result(again)["blobs"] - IMAGES, "only what is new"
        verified = service.run("backup", str(tmp_path / "backup"), "--verify", "--json")
        assert result(verified)["not_whole"] == []
        assert result(verified)["blobs"] == result(again)["blobs"]
        secret = (tmp_path / "source" / "calotype-data" / "secret").read_bytes().strip()
        assert not [file for file in (tmp_path / "backup").rglob("*") if file.is_file() and secret in file.read_bytes()]
        target = elsewhere(tmp_path / "target", other, service)
    assert result(target.run("restore", str(tmp_path / "backup"), "--json"))["not_whole"] == []
    with running(tmp_path / "target", **other) as restored:
        check_images(restored, token, before)
        assert result(restored.run("storage", "check", "--deep", "--json"))["findings"] == []
        with restored.client(token) as client:
            store(client, sample_image(seed=9999), "new.png")


def test_a_backup_into_an_s3_store(tmp_path: Path, object_stores: ObjectStores) -> None:
    settings = as_settings(object_stores.usual.make_bucket(), "STORAGE__BACKUP")
    (tmp_path / "source").mkdir()
    with running(tmp_path / "source", **settings) as service:
        load = ClientLoad(service, service.token())
        load.fill(4)
        assert result(service.run("backup", "storage.backup", "--json"))["copied"] >= 4
        assert result(service.run("backup", "storage.backup", "--verify", "--json"))["not_whole"] == []
        target = elsewhere(tmp_path / "target", settings, service)
    target.run("restore", "storage.backup")
    with running(tmp_path / "target", **settings) as restored, restored.client(load.token) as client:
        assert client.get("/image/").json()["count"] == 4


def test_a_killed_backup_leaves_the_earlier_one_and_is_run_again(tmp_path: Path) -> None:
    place = tmp_path / "backup"
    (tmp_path / "source").mkdir()
    with running(tmp_path / "source") as service:
        load = ClientLoad(service, service.token())
        load.fill(10)
        earlier = dict(load.kept)
        service.run("backup", str(place))
        first = result(service.run("backup", str(place), "--verify", "--json"))
        load.fill(IMAGES)
        present = blobs_in(place)
        for more in (1, 12, 25):
            number = present + more
            killed(service, "backup", str(place), once=lambda: blobs_in(place) >= number)  # noqa: B023  # called at once
            assert result(service.run("backup", str(place), "--verify", "--json")) == first
        target = elsewhere(tmp_path / "early", {}, service)
        target.run("restore", str(place))
        service.run("backup", str(place))
        assert blobs_in(place) == result(service.run("backup", str(place), "--verify", "--json"))["blobs"] + 2
    with running(tmp_path / "early") as restored:
        check_images(restored, load.token, earlier)


def test_a_killed_restore_is_not_served_and_goes_on(tmp_path: Path) -> None:
    place = tmp_path / "backup"
    (tmp_path / "source").mkdir()
    with running(tmp_path / "source") as service:
        load = ClientLoad(service, service.token())
        load.fill(IMAGES)
        service.run("backup", str(place))
        target = elsewhere(tmp_path / "target", {}, service)
    data = tmp_path / "target" / "calotype-data"
    signs: list[Callable[[], bool]] = [
        (data / "calotype.sqlite3").exists,
        (data / "blobs" / ".calotype-store").exists,
        lambda: blobs_in(data / "blobs") >= 10,
        lambda: blobs_in(data / "blobs") >= 30,
    ]
    for sign in signs:
        killed(target, "restore", str(place), once=sign)
        refused = target.run("serve", check=False)
        assert refused.returncode == os.EX_CONFIG, refused.stderr.decode()
    target.run("restore", str(place))
    again = target.run("restore", str(place), check=False)
    assert again.returncode == os.EX_CANTCREAT
    assert b"The database is not empty" in again.stderr
    with running(tmp_path / "target") as restored:
        check_images(restored, load.token, load.kept)
        assert result(restored.run("storage", "check", "--deep", "--json"))["findings"] == []
        assert restored.run("restore", str(place), check=False).returncode == os.EX_CANTCREAT


def test_a_restore_beside_a_running_server_is_refused(tmp_path: Path, remote: dict[str, str]) -> None:
    place = tmp_path / "backup"
    (tmp_path / "source").mkdir()
    with running(tmp_path / "source") as service:
        store_some(service)
        service.run("backup", str(place))
        refused = service.run("restore", str(place), check=False)
        assert (refused.returncode, b"is using the data folder" in refused.stderr) == (os.EX_CANTCREAT, True)
        other = elsewhere(tmp_path / "other", {"CALOTYPE_DATABASE__URL": remote["CALOTYPE_DATABASE__URL"]})
        (tmp_path / "empty").mkdir()
        with running(tmp_path / "empty", **remote):  # a server elsewhere that uses the same database
            refused = other.run("restore", str(place), check=False)
        assert (refused.returncode, b"is using the database" in refused.stderr) == (os.EX_CANTCREAT, True)


def store_some(service: Server) -> dict[str, Any]:
    with service.client(service.token()) as client:
        image: dict[str, Any] = store(client, sample_image(seed=1, width=1500, height=1200), "a.png")
        return dict(with_variants(client, image["id"]))


def test_an_older_database_with_newer_blobs_and_the_other_way_round(tmp_path: Path) -> None:
    place, data = tmp_path / "backup", tmp_path / "source" / "calotype-data"
    (tmp_path / "source").mkdir()
    with running(tmp_path / "source") as service:
        token = service.token()
        store_some(service)
        service.run("backup", str(place))
        with service.client(token) as client:
            store(client, sample_image(seed=2), "newer.png")
    shutil.copytree(data / "blobs", tmp_path / "older blobs")
    for file in data.glob("calotype.sqlite3*"):
        file.unlink()
    (data / "calotype.sqlite3-wal").write_bytes(b"left by the lost database")
    (data / "calotype.sqlite3-shm").write_bytes(b"left by the lost database")
    found = result(service.run("restore", str(place), "--json"))
    assert (found["copied"], found["there"], found["not_whole"]) == (0, 3, [])
    with running(tmp_path / "source") as restored, restored.client(token) as client:
        assert [each["name"] for each in client.get("/image/").json()["results"]] == ["a.png"]
        status = restored.run("storage", "check", "--deep", "--json", check=False)
        assert [each["problem"] for each in result(status)["findings"]] == ["unknown"]
        restored.run("storage", "check", "--remove-unknown")
        assert result(restored.run("storage", "check", "--deep", "--json"))["findings"] == []
        # Now the other way round: blobs that are older than the database.
        newest = store(client, sample_image(seed=3, width=1500, height=1200), "newest.png")
        with_variants(client, newest["id"])
        known = {file.name for file in (tmp_path / "older blobs").glob("??/*")}
        newer = [file for file in (data / "blobs").glob("??/*") if file.is_file() and file.name not in known]
        for file in newer:
            file.unlink()
        findings = result(restored.run("storage", "check", "--repair", "--json", check=False))["findings"]
        assert {(each["problem"], each["name"], each["part"]) for each in findings} == {
            ("missing", "newest.png", part) for part in ("original", "small", "medium")
        }
        assert not any(each["repaired"] for each in findings)
        assert client.get(f"/image/{newest['id']}/").status_code == 200
        assert httpx.get(newest["original"]).status_code == 404
        lost = restored.run("backup", str(place), "--json", check=False)
        assert lost.returncode == NOT_WHOLE
        assert {(each["problem"], each["image"]) for each in result(lost)["not_whole"]} == {("lost", newest["id"])}
    target = elsewhere(tmp_path / "target", {}, restored)
    ended = target.run("restore", str(place), check=False)
    assert ended.returncode == NOT_WHOLE
    assert b"Some images are not whole" in ended.stderr
    assert ended.stdout.decode().count("missing") == 3


def test_nothing_is_restored_of_what_is_no_backup(tmp_path: Path) -> None:
    target = elsewhere(tmp_path / "target", {})
    refused = target.run("restore", str(tmp_path / "nowhere"), check=False)
    assert (refused.returncode, refused.stderr) == (
        os.EX_NOINPUT,
        b"calotype: There is no complete backup in this place.\n",
    )
    refused = target.run("restore", "storage.backup", check=False)
    assert refused.returncode == os.EX_CANTCREAT
    assert b"storage.backup is not set" in refused.stderr
