"""Uploads of bytes that the user has uploaded before, against a real server that returns the image that exists."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.postgres import Postgres
from kit.servers.requests import SAMPLE, store, with_variants

RETURN = {"CALOTYPE_IMAGES__DUPLICATES": "return"}
OTHER = sample_image(seed=9)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def once(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> Iterator[Server]:
    database = {"CALOTYPE_DATABASE__URL": postgres.fresh_url()} if request.param == "postgres" else {}
    with running(tmp_path_factory.mktemp("duplicates"), **RETURN, **database) as server:
        yield server


def send(client: httpx.Client, data: bytes = SAMPLE, name: str = "sample.png", key: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/image/", files={"image": (name, data)}, headers=headers)


def test_the_same_bytes_are_answered_with_the_image_that_exists(once: Server, username: str) -> None:
    with once.client(once.token(username)) as client:
        first = store(client)
        shown = with_variants(client, first["id"])
        again = send(client, name="other.png")
        assert (again.status_code, again.json()) == (200, shown)
        assert again.headers["Location"] == f"{once.url}/image/{first['id']}/"
        assert again.headers["ETag"] == f'"{first["sha256"]}"'
        assert send(client, OTHER).status_code == 201
        assert client.get("/image/").json()["count"] == 2


def test_another_user_gets_an_image_of_their_own(once: Server, username: str) -> None:
    with once.client(once.token(username)) as ada, once.client(once.token(f"{username}-2")) as bob:
        ids = {store(client)["id"] for client in (ada, bob)}
        assert len(ids) == 2
        assert [client.get("/image/").json()["count"] for client in (ada, bob)] == [1, 1]


@pytest.mark.parametrize("alike", [True, False], ids=["under one name", "under eight names"])
def test_eight_uploads_at_the_same_moment_are_one_image(once: Server, username: str, *, alike: bool) -> None:
    token = once.token(username)
    ready = threading.Barrier(8)

    def upload(number: int) -> httpx.Response:
        with once.client(token) as client:
            ready.wait()
            name = "sample.png" if alike else f"{number}.png"
            return send(client, name=name, key=f"key-{number}" if number % 2 else "")

    with ThreadPoolExecutor(8) as pool, once.client(token) as client:
        answers = list(pool.map(upload, range(8)))
        assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert client.get("/image/").json()["count"] == 1
        for number in (1, 3, 5, 7):
            other = send(client, OTHER, key=f"key-{number}")
            assert other.headers["Calotype-Error"] == "idempotency-key-reused"


def test_by_default_every_upload_is_a_new_image(client: httpx.Client) -> None:
    assert store(client)["id"] != store(client)["id"]
