"""Failures around a server: kills, full disks, locked databases, missing folders, bad settings."""

import hashlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import Server, descendants, proc_file, running, state_and_parent

SAMPLE = sample_image(width=400, height=300)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server for one test, which may stop or damage it."""
    with running(tmp_path) as server:
        yield server


def store(client: httpx.Client, seed: int = 0) -> httpx.Response:
    return client.post("/image/", files={"original": ("a.png", sample_image(width=400, height=300, seed=seed))})


def all_ready(client: httpx.Client) -> bool:
    for _ in range(300):
        images: list[dict[str, Any]] = client.get("/image/?limit=100").json()["results"]
        if all(image["small"] and image["medium"] for image in images):
            return True
        time.sleep(0.1)
    return False


def wait_until_gone(pids: list[int], seconds: float = 5) -> list[int]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pids = [pid for pid in pids if state_and_parent(pid)[0] != "Z"]
        if not pids:
            break
        time.sleep(0.05)
    return pids


def test_a_killed_server_leaves_no_process_and_loses_no_acknowledged_upload(own_server: Server) -> None:
    token = own_server.token()
    acknowledged: list[tuple[int, str]] = []
    stop = threading.Event()

    def upload_on_and_on(number: int) -> None:
        with own_server.client(token) as client:
            while not stop.is_set():
                try:
                    answer = store(client, number)
                except httpx.TransportError:
                    time.sleep(0.05)
                    continue
                if answer.status_code == 201:
                    acknowledged.append((answer.json()["id"], answer.json()["sha256"]))

    uploads = [threading.Thread(target=upload_on_and_on, args=(number,)) for number in range(4)]
    for thread in uploads:
        thread.start()
    for _ in range(3):
        before = len(acknowledged)
        for _ in range(100):
            time.sleep(0.1)
            if len(acknowledged) > before + 5:
                break
        processes = own_server.processes()
        assert len(processes) > 3, "the server, its worker and the image workers"
        own_server.stop(signal.SIGKILL)
        assert wait_until_gone(processes) == []
        own_server.start()
    stop.set()
    for thread in uploads:
        thread.join()

    assert len(acknowledged) > 10
    with own_server.client(token) as client:
        assert all_ready(client)
        for id, digest in acknowledged:
            image = client.get(f"/image/{id}/").json()
            assert image["sha256"] == digest
            assert hashlib.sha256(httpx.get(image["original"]).content).hexdigest() == digest
    blobs = own_server.folder / "calotype-data" / "blobs"
    assert [path for path in (blobs / "staging").glob("*/*/*") if path.is_file()] == []


def test_a_stopped_server_ends_well_and_leaves_no_process(own_server: Server) -> None:
    with own_server.client(own_server.token()) as client:
        assert store(client).status_code == 201
    processes = own_server.processes()
    assert own_server.stop() == 0
    assert wait_until_gone(processes) == []
    assert "Traceback" not in own_server.log


def test_killed_image_workers_cost_no_image(own_server: Server) -> None:
    with own_server.client(own_server.token()) as client:
        assert store(client).status_code == 201
        assert all_ready(client)
        below = descendants(own_server.processes()[1])
        fork_servers = [pid for pid in below if "fork_server" in proc_file(pid, "cmdline")]
        workers = [worker for pid in fork_servers for worker in descendants(pid)]
        assert workers
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        answers = [store(client, seed).status_code for seed in range(4)]
        assert answers == [201] * 4
        assert client.get("/health/ready/").status_code == 200


def test_a_locked_database_is_a_503_and_reads_continue(own_server: Server) -> None:
    with own_server.client(own_server.token()) as client:
        id = store(client).json()["id"]
        assert all_ready(client)
        lock = sqlite3.connect(own_server.folder / "calotype-data" / "calotype.sqlite3", isolation_level=None)
        try:
            lock.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            refused = store(client, 1)
            assert (refused.status_code, time.monotonic() - began < 20) == (503, True)
            assert refused.headers["Retry-After"]
            assert "database" in refused.json()["detail"]
            assert client.get(f"/image/{id}/").status_code == 200
            assert client.get("/image/a.png/").status_code == 200
        finally:
            lock.close()
        assert store(client, 1).status_code == 201
        assert client.get("/image/").json()["count"] == 2


def test_a_missing_blob_folder_is_named_and_no_image_is_lost(own_server: Server) -> None:
    blobs = own_server.folder / "calotype-data" / "blobs"
    aside = blobs.with_name("aside")
    with own_server.client(own_server.token()) as client:
        image = store(client).json()
        assert all_ready(client)
        blobs.rename(aside)
        ready = client.get("/health/ready/")
        assert (ready.status_code, ready.json()["failing"]["storage"]) == (503, "blob-store-unavailable")
        assert store(client, 1).status_code == 503
        assert not blobs.exists(), "the server must not write into an empty mount point"
        time.sleep(0.1)
        for headers in ({}, {"Range": "bytes=0-9"}):
            missing = httpx.get(image["original"], headers=headers)
            assert missing.status_code == 503, "a missing disk must not be reported as a missing image"
        assert httpx.head(image["original"]).status_code == 503
        aside.rename(blobs)
        assert client.get("/health/ready/").status_code == 200
        assert hashlib.sha256(client.get("/image/a.png/").content).hexdigest() == image["sha256"]
        assert store(client, 1).status_code == 201


@pytest.mark.parametrize("replacement", ["nothing", "an empty folder", "another store"])
def test_a_wrong_blob_folder_stops_the_start(own_server: Server, replacement: str) -> None:
    blobs = own_server.folder / "calotype-data" / "blobs"
    with own_server.client(own_server.token()) as client:
        store(client)
    own_server.stop()
    blobs.rename(blobs.with_name("aside"))
    if replacement != "nothing":
        blobs.mkdir()
    if replacement == "another store":
        (blobs / ".calotype-store").write_text("another installation\n")
    ended = own_server.run("serve", check=False)
    assert ended.returncode == os.EX_CONFIG
    assert b"not mounted" in ended.stderr
    assert ended.stderr.count(b"\n") == 1
    doctor = own_server.run("doctor", check=False)
    assert doctor.returncode == os.EX_UNAVAILABLE
    shutil.rmtree(blobs, ignore_errors=True)
    blobs.with_name("aside").rename(blobs)
    own_server.start()


# Starting


def ended(folder: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[bytes]":
    return Server(folder, settings).run(*arguments, check=False)


def test_bad_settings_stop_the_start_with_every_problem_named(tmp_path: Path) -> None:
    settings = {"CALOTYPE_HTTP__PORT": "0", "CALOTYPE_HTTP__PROT": "1", "CALOTYPE_STORAGE__KIND": "floppy"}
    stopped = ended(tmp_path, "serve", **settings)
    assert stopped.returncode == os.EX_CONFIG
    for name in settings:
        assert name.encode() in stopped.stderr
    assert list(tmp_path.iterdir()) == [], "no file is created before the settings are checked"


def test_a_port_in_use_is_reported(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        stopped = ended(tmp_path, "serve", CALOTYPE_HTTP__PORT=str(other.getsockname()[1]))
    assert stopped.returncode == os.EX_CONFIG
    assert b"Cannot listen" in stopped.stderr
    assert stopped.stderr.count(b"\n") == 1
    assert list(tmp_path.iterdir()) == [], "no file is created before the address is checked"


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    stopped = ended(tmp_path, "get-access-key", CALOTYPE_STORAGE__DATA="/sys/calotype")  # not even root may
    assert stopped.returncode == os.EX_CONFIG
    assert b"data folder cannot be used" in stopped.stderr


def test_a_data_folder_that_is_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "calotype-data").write_text("in the way")
    stopped = ended(tmp_path, "get-access-key")
    assert stopped.returncode == os.EX_CONFIG
    assert stopped.stderr.count(b"\n") == 1


def test_a_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    (tmp_path / "calotype-data").mkdir()
    (tmp_path / "calotype-data" / "calotype.sqlite3").write_bytes(b"this is no database" * 1000)
    stopped = ended(tmp_path, "get-access-key")
    assert stopped.returncode == os.EX_UNAVAILABLE
    assert stopped.stderr.count(b"\n") == 1


def test_a_database_of_a_newer_version_is_not_changed(tmp_path: Path) -> None:
    ended(tmp_path, "get-access-key")
    with sqlite3.connect(tmp_path / "calotype-data" / "calotype.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    stopped = ended(tmp_path, "users", "list")
    assert stopped.returncode == os.EX_CONFIG
    assert b"version" in stopped.stderr


# Secrets


def test_no_token_is_found_in_the_database_or_the_log(own_server: Server) -> None:
    token = own_server.token()
    with own_server.client(token) as client:
        store(client)
        client.get("/image/never.png/")
        client.post("/image/", content=b"x")
    own_server.stop()
    kept = {path: path.read_bytes() for path in own_server.folder.rglob("*") if path.is_file()}
    assert len(kept) > 3
    assert [path for path, data in kept.items() if token.encode() in data or token[4:].encode() in data] == []
    assert (own_server.folder / "calotype-data").stat().st_mode & 0o077 == 0


def test_a_server_may_open_as_many_files_as_the_system_allows(own_server: Server) -> None:
    limits = next(line for line in proc_file(own_server.processes()[1], "limits").splitlines() if "open files" in line)
    soft, hard = limits.split()[3:5]
    assert int(soft) == min(int(hard), 65_536)
