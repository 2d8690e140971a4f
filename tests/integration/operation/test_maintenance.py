"""Maintenance, with several processes on one database: what is stored can be read, and nothing is written."""

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.postgres import Postgres
from kit.servers.requests import PATIENCE, SAMPLE, store, with_variants

DATABASES = ["sqlite", "postgres", "procrastinate"]


@contextmanager
def two_processes(folder: Path, kind: str, postgres: Postgres) -> Iterator[Server]:
    settings = {"CALOTYPE_HTTP__WORKERS": "2", "CALOTYPE_STORAGE__SWEEP_EVERY": "1"}
    if kind != "sqlite":
        settings["CALOTYPE_DATABASE__URL"] = postgres.fresh_url(upgraded=True).replace("+asyncpg", "")
    if kind == "procrastinate":
        settings["CALOTYPE_JOBS__ENGINE"] = "procrastinate"
    with running(folder, **settings) as server:
        yield server


def refusals(server: Server, token: str, id: int, ticket: str) -> set[tuple[int, str, str, bool]]:
    """How each way to change something is answered, several times, so that each process is asked."""
    answers = []
    for _ in range(4):
        with server.client(token) as client:
            form = {"image": ("sample.png", sample_image(seed=5))}
            answers += [
                client.post("/image/", files=form),
                client.put(f"/image/{id}/", files=form),
                client.patch(f"/image/{id}/", files=form),
                client.patch(f"/image/{id}/", json={"alt": "text"}),
                client.delete(f"/image/{id}/"),
                client.post(ticket, files=form),
            ]
    return {
        (each.status_code, each.headers["Calotype-Error"], each.headers["Retry-After"], "maintenance" in each.text)
        for each in answers
    }


@pytest.mark.parametrize("kind", DATABASES)
def test_every_process_reads_and_none_writes(tmp_path: Path, kind: str, postgres: Postgres) -> None:
    with two_processes(tmp_path, kind, postgres) as server:
        token = server.token()
        with server.client(token) as client:
            image = with_variants(client, store(client)["id"])
            ticket = client.post("/ticket/").json()["url"]
            assert client.get("/health/ready/").json() == {"status": "ok"}
            assert server.call("maintenance", "status").stdout == b"off\n"
            server.call("maintenance", "on")
            assert refusals(server, token, image["id"], ticket) == {(503, "read-only", "30", True)}
            assert client.get("/health/ready/").json() == {"status": "read-only"}
            assert client.get(f"/image/{image['id']}/").json()["alt"] == ""
            for url in (image["original"], image["small"], "/image/sample.png/", "/image/", "/image/sample.png/small/"):
                assert client.get(url).status_code == 200, url
            server.call("maintenance", "off")
            assert client.patch(f"/image/{image['id']}/", json={"alt": "text"}).status_code == 200
            assert httpx.post(ticket, files={"image": ("b.png", SAMPLE)}, timeout=60).status_code == 201
            assert client.get("/health/ready/").json() == {"status": "ok"}


@pytest.mark.parametrize("kind", DATABASES)
def test_jobs_wait_until_it_is_over(tmp_path: Path, kind: str, postgres: Postgres) -> None:
    with two_processes(tmp_path, kind, postgres) as server:
        token = server.token()
        server.stop()
        server.settings["CALOTYPE_JOBS__IN_SERVER"] = "false"
        server.start()
        with server.client(token) as client:
            id = store(client)["id"]
            server.call("maintenance", "on")
            worker = server.start_worker()
            try:
                time.sleep(5)  # in which a worker would have made them
                assert client.get(f"/image/{id}/").json()["small"] is None
                listed = json.loads(server.call("jobs", "list", "--json").stdout)
                assert {each["attempts"] for each in listed} == {0}
                server.call("maintenance", "off")
                assert with_variants(client, id)["small"]
            finally:
                worker.terminate()
                worker.wait(30)
        assert "rror" not in (tmp_path / "worker.log").read_text()


def test_commands_that_write_are_refused_and_others_are_not(tmp_path: Path) -> None:
    file = tmp_path / "sample.png"
    file.write_bytes(SAMPLE)
    server = Server(tmp_path)
    token = server.token()
    server.call("images", "add", "sample.png")
    (tmp_path / "new.png").write_bytes(sample_image(seed=9))
    server.call("maintenance", "on")
    refused = [
        "users add bob --password correct-horse", "users disable admin", "keys issue admin --name more", "keys rotate 1",
        "keys revoke 1", "images add new.png", "images edit 1 --alt text", "images rename 1 other", "images tag sea 1", "images delete 1", "images replace 1 sample.png",
        "webhooks add admin http://127.0.0.1:1/", "get-access-key bob", "users remove admin --with-images",
        "images recompress --again", "variants reconcile", "storage move --to storage.other",
    ]  # fmt: skip
    server.settings["CALOTYPE_STORAGE__OTHER__KIND"] = "filesystem"
    server.settings["CALOTYPE_STORAGE__OTHER__PATH"] = str(tmp_path / "other")
    for command in refused:
        ended = server.call(*command.split(), check=False)
        assert (ended.returncode, b"maintenance" in ended.stderr) == (75, True), (command, ended.stderr)
    assert not list((tmp_path / "other").rglob("*"))
    allowed = [
        "images list", "images add sample.png", "images add new.png --dry-run", "images export exported", "images show 1", "images get 1 --output copy.png", "keys list", "get-access-key", "users list",
        "jobs list", "doctor", "config show", "maintenance status", "maintenance on", "storage show", "db upgrade",
        "db copy --to sqlite:///copy.sqlite3", "compress sample.png",
    ]  # fmt: skip
    for command in allowed:
        server.call(*command.split())
    assert b"nothing is written since" in server.call("doctor").stdout
    assert server.token() == token
    assert json.loads(server.call("maintenance", "status", "--json").stdout)["since"]
    copy = Server(tmp_path, {"CALOTYPE_DATABASE__URL": "sqlite:///copy.sqlite3"})
    assert copy.call("maintenance", "status").stdout.startswith(b"on: "), "a copy is as its source was"
    server.call("maintenance", "off")
    server.call("images", "edit", "1", "--alt", "text")


def stored_in(folder: Path) -> tuple[str, list[str]]:
    with sqlite3.connect(folder / "calotype-data" / "calotype.sqlite3") as database:
        rows = hashlib.sha256("\n".join(database.iterdump()).encode()).hexdigest()
    database.close()
    files = (str(each) for each in (folder / "calotype-data" / "blobs").rglob("*"))
    return rows, sorted(each for each in files if "/staging" not in each)


def test_not_a_byte_changes_while_a_busy_server_is_read(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_HTTP__WORKERS="2", CALOTYPE_STORAGE__SWEEP_EVERY="1") as server:
        token = server.token()
        with server.client(token) as client:
            image = with_variants(client, store(client)["id"])
            doomed = store(client, sample_image(seed=4))["id"]
            client.put(f"/image/{doomed}/", files={"image": ("new.png", sample_image(seed=6))})
            server.call("maintenance", "on")
            time.sleep(2)  # bytes that were on their way
            before = stored_in(tmp_path)
            ticket = client.post("/ticket/").json()["url"]
            until = time.monotonic() + 8
            while time.monotonic() < until:
                assert client.get(f"/image/{image['id']}/").status_code == 200
                assert refusals(server, token, image["id"], ticket) == {(503, "read-only", "30", True)}
            assert stored_in(tmp_path) == before
        assert server.stop() == 0, "ends in good order, though uses of keys cannot be recorded"
        assert stored_in(tmp_path) == before
        server.start()
        assert stored_in(tmp_path) == before
        server.call("maintenance", "off")
        until = time.monotonic() + PATIENCE
        while stored_in(tmp_path)[0] == before[0] and time.monotonic() < until:
            with server.client(token) as client:
                client.patch(f"/image/{image['id']}/", json={"alt": str(time.monotonic())})
        assert stored_in(tmp_path)[0] != before[0]
