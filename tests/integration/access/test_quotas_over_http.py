"""Quotas and rates, against a real server."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.requests import store

OFF = {"CALOTYPE_IMAGES__COMPRESSION": "off"}
FIELDS = {"CALOTYPE_QUOTA__REQUESTS_PER_MINUTE": "30", "CALOTYPE_QUOTA__UPLOADS_PER_MINUTE": "3"}
SMALL = [sample_image(seed=seed, width=16, height=16) for seed in range(3)]
RAW = {"Content-Type": "image/png"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that stores what it receives, so that sizes are known."""
    with running(tmp_path_factory.mktemp("plain"), **OFF) as server:
        yield server


def account(client: httpx.Client) -> Any:
    answer = client.get("/account/")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()


def set_quota(server: Server, username: str, *options: str) -> Any:
    return json.loads(server.call("users", "set-quota", username, *options, "--json").stdout)


def test_an_account_tells_what_is_used_and_left(plain: Server, username: str) -> None:
    with plain.client(plain.token(username)) as client:
        without = {"used": 0, "quota": None, "left": None}
        assert account(client) == {"images": without, "bytes": without, "requests": None, "uploads": None}
        size = store(client, SMALL[0])["size"]
        set_quota(plain, username, "--bytes", "10kB", "--pictures", "2")
        assert account(client)["images"] == {"used": 1, "quota": 2, "left": 1}
        assert account(client)["bytes"] == {"used": size, "quota": 10_000, "left": 10_000 - size}
    assert httpx.get(f"{plain.url}/account/").status_code == 401


def test_an_upload_beyond_the_quota_is_refused_and_a_deletion_makes_room(plain: Server, username: str) -> None:
    with plain.client(plain.token(username)) as client:
        first = store(client, SMALL[0])
        set_quota(plain, username, "--images", "1")
        refused = client.post(
            "/image/", files={"original": ("b.png", SMALL[1])}, headers={"Accept": "application/problem+json"}
        )
        assert refused.status_code == 403
        assert refused.headers["Calotype-Error"] == "quota-exceeded"
        problem = refused.json()
        assert {name: problem[name] for name in ("measure", "limit", "left", "needed")} == {
            "measure": "images", "limit": 1, "left": 0, "needed": 1
        }  # fmt: skip
        replaced = client.put(f"/image/{first['id']}/", files={"original": ("c.png", SMALL[1])})
        assert replaced.status_code == 200
        set_quota(plain, username, "--images", "none", "--bytes", str(replaced.json()["size"]))
        larger = sample_image(seed=5, width=64, height=64)
        assert client.put(f"/image/{first['id']}/", files={"original": ("d.png", larger)}).status_code == 403
        assert client.post("/image/", content=SMALL[2], headers=RAW).status_code == 403
        assert client.delete(f"/image/{first['id']}/").status_code == 204
        set_quota(plain, username, "--bytes", str(len(SMALL[2])))
        assert client.post("/image/", content=SMALL[2], headers=RAW).status_code == 201


def test_what_is_too_large_by_its_length_is_refused_before_it_is_read(plain: Server, username: str) -> None:
    token = plain.token(username)
    set_quota(plain, username, "--bytes", "100kB")
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(400):
            sent += 100_000
            yield b"x" * 100_000

    with plain.client(token) as client:
        length = {**RAW, "Content-Length": str(40_000_000)}
        answer = client.post("/image/", content=body(), headers=length)
        assert (answer.status_code, answer.headers["Calotype-Error"]) == (403, "quota-exceeded")
        assert sent < 20_000_000


def test_a_repeated_upload_is_answered_as_the_first_one_also_with_a_full_quota(plain: Server, username: str) -> None:
    with plain.client(plain.token(username)) as client:
        key = {"Idempotency-Key": "a"}
        first = client.post("/image/", files={"original": ("a.png", SMALL[0])}, headers=key)
        set_quota(plain, username, "--images", "0")
        again = client.post("/image/", files={"original": ("a.png", SMALL[0])}, headers=key)
        assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])


def test_sixty_four_uploads_at_once_fill_a_quota_exactly(plain: Server, username: str) -> None:
    token = plain.token(username)
    set_quota(plain, username, "--bytes", str(10 * len(SMALL[0])))

    def upload(_: int) -> int:
        return httpx.post(
            f"{plain.url}/image/", content=SMALL[0], headers={**RAW, "Authorization": f"Token {token}"}, timeout=120
        ).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(upload, range(64)))
    with plain.client(token) as client:
        used = account(client)
        assert (
            sum(image["size"] for image in client.get("/image/?limit=100").json()["results"]) == used["bytes"]["used"]
        )
        assert used["images"]["used"] == statuses.count(201) == 10
        assert set(statuses) == {201, 403}
        assert used["bytes"]["left"] == 0


def test_a_ticket_counts_for_its_user(plain: Server, username: str) -> None:
    with plain.client(plain.token(username)) as client:
        url = client.post("/ticket/").json()["url"]
        set_quota(plain, username, "--images", "0")
        assert httpx.post(url, files={"image": ("a.png", SMALL[0])}).headers["Calotype-Error"] == "quota-exceeded"
        set_quota(plain, username, "--images", "default")
        assert httpx.post(url, files={"image": ("a.png", SMALL[0])}).status_code == 201
        assert account(client)["images"]["used"] == 1


def test_usage_is_listed_and_a_quota_that_makes_no_sense_is_refused(plain: Server, username: str) -> None:
    with plain.client(plain.token(username)) as client:
        size = store(client, SMALL[0])["size"]
    set_quota(plain, username, "--bytes", "2GB", "--images", "default")
    found = json.loads(plain.call("usage", "--by", "user", "--json").stdout)
    (mine,) = (each for each in found if each["username"] == username)
    assert mine["images"] == {"used": 1, "quota": None, "left": None}
    assert mine["bytes"] == {"used": size, "quota": 2_000_000_000, "left": 2_000_000_000 - size}
    total = json.loads(plain.call("usage", "--json").stdout)
    assert total["images"] == sum(each["images"]["used"] for each in found)
    assert username in plain.call("usage", "--by", "user").stdout.decode()
    for wrong in (["--bytes", "many"], ["--images", "1.5"], ["--bytes", "9" * 40], []):
        assert plain.call("users", "set-quota", username, *wrong, check=False).returncode == 2
    assert plain.call("users", "set-quota", "no-such-user", "--images", "1", check=False).returncode == 66


def test_a_key_that_makes_too_many_requests_is_refused_and_told_how_many_are_left(tmp_path: Path) -> None:
    with running(tmp_path, **OFF, **FIELDS) as server:
        ada, bob = server.token("ada"), server.token("bob")
        with server.client(ada) as client:
            stored = client.post("/image/", content=SMALL[0], headers=RAW)
            assert stored.headers["RateLimit-Policy"] == '"requests";q=30;w=60, "uploads";q=3;w=60'
            assert re.fullmatch(r'"requests";r=\d+;t=\d+, "uploads";r=[0-3];t=\d+', stored.headers["RateLimit"])
            assert account(client)["uploads"]["limit"] == 3
            uploads = (client.post("/image/", content=SMALL[0], headers=RAW) for _ in range(100))
            refused = next(answer for answer in uploads if answer.status_code != 201)
            assert (refused.status_code, refused.headers["Calotype-Error"]) == (429, "rate-exceeded")
            assert refused.json()["detail"].startswith("This access key may make 3 uploads per minute.")
            assert 1 <= int(refused.headers["Retry-After"]) <= 20
            shown = (client.get(f"/image/{stored.json()['id']}/") for _ in range(1000))  # these take the hot path
            assert "RateLimit" in next(shown).headers
            assert next(answer for answer in shown if answer.status_code != 200).status_code == 429
        with server.client(bob) as client:
            assert client.get("/image/").status_code == 200
        assert "RateLimit" not in httpx.get(f"{server.url}/health/live/").headers
        assert httpx.get(f"{server.url}/image/", headers={"Authorization": "Token wrong"}).status_code == 401
