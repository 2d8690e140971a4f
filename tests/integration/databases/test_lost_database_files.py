"""The files of a SQLite database are removed, replaced or locked under a running server: it acknowledges nothing that would be lost."""

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import Server, running

NAME = "calotype.sqlite3"
LOG = f"{NAME}-wal"
NOTICED = 15.0  # seconds


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path) as server:
        yield server


def upload(client: httpx.Client, seed: int) -> httpx.Response:
    return client.post("/image/", files={"image": (f"{seed}.png", sample_image(seed=seed))})


def removed(data: Path) -> None:
    (data / NAME).unlink()


def log_removed(data: Path) -> None:
    (data / LOG).unlink()


def replaced(data: Path) -> None:
    """By a whole copy, as a restore would."""
    copy = data / "copy"
    with closing(sqlite3.connect(data / NAME)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.replace(data / NAME)


@pytest.mark.parametrize("lose", [removed, log_removed, replaced])
def test_nothing_is_acknowledged_once_a_file_is_lost(server: Server, lose: Callable[[Path], None]) -> None:
    data = server.folder / "calotype-data"
    with server.client(server.token()) as client:
        image = upload(client, 1).json()
        lose(data)
        for seed in (2, 3):
            refused = upload(client, seed)
            assert (refused.status_code, refused.headers["Calotype-Error"]) == (503, "database-replaced")
        assert until_unavailable(client) == {"database": "database-replaced"}
        assert client.get(image["original"]).status_code == 200
    if lose is removed:
        assert not (data / NAME).exists()


def until_unavailable(client: httpx.Client) -> object:
    """What fails, once ``/health/ready/`` has noticed it."""
    until = time.monotonic() + NOTICED
    while (ready := client.get("/health/ready/")).status_code == 200:
        assert time.monotonic() < until, "nothing fails"
        time.sleep(0.2)
    return ready.json()["failing"]


def test_a_backup_beside_the_log_of_another_file_is_noticed_before_it_is_damaged(server: Server) -> None:
    data = server.folder / "calotype-data"
    with server.client(server.token()) as client:
        kept = upload(client, 1).json()
        with closing(sqlite3.connect(data / NAME)) as source, closing(sqlite3.connect(data / "backup")) as target:
            source.backup(target)
        for seed in range(2, 60):  # more than SQLite keeps in its log
            assert upload(client, seed).status_code == 201
    for pid in server.processes():
        os.kill(pid, signal.SIGKILL)
    assert server.process is not None
    server.process.wait(30)
    backup = (data / "backup").read_bytes()
    (data / NAME).write_bytes(backup)

    doctor = server.run("doctor", "--json", check=False)
    findings = {each["subject"]: each["state"] for each in json.loads(doctor.stdout)}
    assert findings["database file"] == "failure"
    for command in ("serve", "worker"):
        refused = server.run(command, check=False)
        assert refused.returncode == os.EX_UNAVAILABLE
        assert b"-wal and -shm" in refused.stderr
    assert (data / NAME).read_bytes() == backup

    for each in (LOG, f"{NAME}-shm"):
        (data / each).unlink()
    server.start()
    with server.client(server.token()) as client:
        assert client.get("/image/").json()["count"] == 1
        assert client.get(kept["original"]).status_code == 200


def test_the_doctor_notices_that_the_database_of_a_store_is_lost(tmp_path: Path) -> None:
    cli = Server(tmp_path)
    cli.call("get-access-key")
    for file in (cli.folder / "calotype-data").glob("calotype.sqlite3*"):
        file.unlink()
    ended = cli.call("doctor", "--json", check=False)
    assert ended.returncode == os.EX_UNAVAILABLE
    *_, database = json.loads(ended.stdout)
    assert (database["subject"], database["state"]) == ("database", "failure")
    assert "was it removed" in database["detail"]
    assert not list((cli.folder / "calotype-data").glob("calotype.sqlite3*"))
