"""Uploads that are sent again under their Idempotency-Key, against a real server."""

import json
import re
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.postgres import Postgres
from kit.servers.requests import SAMPLE, store, with_variants

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
OTHER = sample_image(seed=9)


def send(client: httpx.Client, data: bytes = SAMPLE, name: str = "sample.png", key: str = KEY) -> httpx.Response:
    return client.post("/image/", files={"image": (name, data)}, headers={"Idempotency-Key": key})


def refusal(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.headers.get("Calotype-Error")


def visible(answer: httpx.Response) -> tuple[int, str, str, object]:
    """What a client sees of the answer to an upload, without the expiry of its links."""
    image = answer.json()
    image["original"] = re.sub(r"\?.*", "", image["original"])
    return answer.status_code, answer.headers["Location"], answer.headers["ETag"], json.dumps(image)


def test_the_same_upload_under_the_same_key_is_stored_once_and_answered_alike(client: httpx.Client) -> None:
    first = send(client)
    assert first.status_code == 201
    for _ in range(2):
        again = send(client)
        assert visible(again) == visible(first)
        assert httpx.get(again.json()["original"]).status_code == 200
        with_variants(client, first.json()["id"])
    assert client.get("/image/").json()["count"] == 1
    assert send(client, key=KEY.upper()).json()["id"] != first.json()["id"]
    assert store(client)["id"] != first.json()["id"], "an upload without a key is always a new image"


def test_another_upload_under_the_key_is_refused(client: httpx.Client) -> None:
    send(client)
    for data, name in ((OTHER, "sample.png"), (SAMPLE, "other.png")):
        assert refusal(send(client, data, name)) == (422, "idempotency-key-reused")
    assert client.get("/image/").json()["count"] == 1


def test_a_refused_upload_leaves_its_key_free(client: httpx.Client) -> None:
    assert refusal(send(client, b"garbage")) == (422, "undecodable-image")
    assert send(client).status_code == 201


def test_a_deleted_image_is_not_stored_again(client: httpx.Client) -> None:
    id = send(client).json()["id"]
    client.delete(f"/image/{id}/")
    answer = send(client)
    assert refusal(answer) == (409, "submitted-image-deleted")
    assert "new key" in answer.json()["detail"]
    assert "Idempotency-Key" in answer.json()["detail"]
    assert send(client, key="new").status_code == 201


def test_a_replaced_image_is_shown_as_it_is(client: httpx.Client) -> None:
    id = send(client).json()["id"]
    headers = {"Idempotency-Key": KEY}
    replaced = client.patch(f"/image/{id}/", files={"image": ("new.png", OTHER)}, headers=headers)
    assert replaced.status_code == 200, "a replacement can be repeated safely and ignores the key"
    again = send(client)
    assert (again.status_code, again.json()["id"]) == (201, id)
    assert [again.json()[name] for name in ("name", "sha256")] == [replaced.json()[name] for name in ("name", "sha256")]


def test_keys_of_two_users_are_independent(client: httpx.Client, server: Server, username: str) -> None:
    mine = send(client).json()
    with server.client(server.token(f"{username}-2")) as other:
        others = send(other, OTHER)
        assert (others.status_code, others.json()["id"] != mine["id"]) == (201, True)
        assert other.get("/image/").json()["count"] == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "caf\u00e9", "tab\there"])
def test_a_malformed_key_is_refused(client: httpx.Client, key: str) -> None:
    answer = client.post(
        "/image/", files={"image": ("a.png", SAMPLE)}, headers={b"Idempotency-Key": key.encode("utf-8")}
    )
    assert refusal(answer) == (400, "invalid-idempotency-key")
    assert client.get("/image/").json()["count"] == 0


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_eight_concurrent_uploads_under_one_key_are_one_image(
    database: str, server: Server, username: str, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if database == "sqlite":
        send_eight(server, username)
        return
    folder = tmp_path_factory.mktemp("eight")
    with running(folder, CALOTYPE_DATABASE__URL=postgres.fresh_url()) as other:
        send_eight(other, username)


def send_eight(server: Server, username: str) -> None:
    token = server.token(username)
    ready = threading.Barrier(8)

    def upload(key: str) -> httpx.Response:
        with server.client(token) as client:
            ready.wait()
            return send(client, key=key)

    with ThreadPoolExecutor(8) as pool, server.client(token) as client:
        for number in range(3):
            answers = list(pool.map(upload, [f"key-{number}"] * 8))
            assert [answer.status_code for answer in answers] == [201] * 8
            assert len({visible(answer) for answer in answers}) == 1
            assert client.get("/image/").json()["count"] == number + 1


def test_a_running_server_removes_old_keys(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_STORAGE__SWEEP_EVERY="0.2") as server, server.client(server.token()) as client:
        old, _ = send(client, key="old"), send(client, key="fresh")
        with closing(sqlite3.connect(tmp_path / "calotype-data" / "calotype.sqlite3", timeout=10)) as database:
            database.execute("UPDATE submissions SET at = at - 24 * 3600 * 1000000 - 1 WHERE key = 'old'")
            database.commit()
            for _ in range(100):
                kept = database.execute("SELECT key FROM submissions").fetchall()
                if len(kept) == 1:
                    break
                time.sleep(0.05)
        assert kept == [("fresh",)]
        assert send(client, key="old").json()["id"] != old.json()["id"]


def test_the_header_is_in_the_schema(client: httpx.Client) -> None:
    paths = client.get("/schema/openapi.json").json()["paths"]
    assert "Idempotency-Key" in [each["name"] for each in paths["/image"]["post"]["parameters"]]
    operations = [each for each in paths["/image/{reference}"].values() if isinstance(each, dict)]
    assert {"get", "put", "delete"} <= paths["/image/{reference}"].keys()
    assert "Idempotency-Key" not in [each["name"] for operation in operations for each in operation["parameters"]]
