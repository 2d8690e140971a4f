"""Tickets against a real server: a client issues one, and another client, without a token, stores an image by it."""

import string
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.requests import SAMPLE, store, with_variants

OTHER = sample_image(seed=9)
SECRETS = ["a" * 32, "b" * 32]
URL_CHARACTERS = string.ascii_letters + string.digits + "-_."


def issue(client: httpx.Client, **wanted: object) -> Any:
    answer = client.post("/ticket/", json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()


def send(url: str, data: bytes = SAMPLE, name: str = "sample.png", **more: Any) -> httpx.Response:
    return httpx.post(url, files={"image": (name, data)}, timeout=60, **more)


def refusal(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.headers.get("Calotype-Error")


def test_a_client_without_a_token_stores_one_image_as_the_ticket_says(client: httpx.Client, server: Server) -> None:
    until = (datetime.now(UTC) + timedelta(days=9)).replace(microsecond=0)
    ticket = issue(
        client,
        expires_in=600,
        max_bytes=len(SAMPLE),
        name="cat.jpg",
        alt="A cat",
        tags=["Pet", "cat"],
        image_expires_at=until.isoformat(),
    )
    assert set(ticket) == {"url", "expires_at"}
    assert 590 < (datetime.fromisoformat(ticket["expires_at"]) - datetime.now(UTC)).total_seconds() <= 600
    answer = send(ticket["url"])
    image = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{server.url}/image/{image['id']}/"
    assert (image["name"], image["alt"], image["tags"]) == ("cat.png", "A cat", ["cat", "pet"])
    assert datetime.fromisoformat(image["expires_at"]) == until
    assert httpx.get(image["original"]).status_code == 200
    assert with_variants(client, image["id"])["alt"] == "A cat"
    assert client.get("/image/").json()["count"] == 1


def test_without_a_body_a_ticket_allows_any_image_for_an_hour(client: httpx.Client) -> None:
    answer = client.post("/ticket/")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    expires_in = datetime.fromisoformat(answer.json()["expires_at"]) - datetime.now(UTC)
    assert 3590 < expires_in.total_seconds() <= 3600
    assert send(answer.json()["url"]).json()["name"] == "sample.png"


def test_a_ticket_is_used_once_and_the_same_upload_can_be_repeated(client: httpx.Client) -> None:
    url = issue(client)["url"]
    first = send(url)
    again = send(url)
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert refusal(send(url, OTHER)) == (409, "ticket-used")
    client.delete(f"/image/{first.json()['id']}/")
    assert refusal(send(url)) == (409, "ticket-used")
    assert client.get("/image/").json()["count"] == 0


def test_of_eight_files_at_the_same_moment_one_is_stored(client: httpx.Client) -> None:
    url = issue(client)["url"]
    ready = threading.Barrier(8)

    def upload(number: int) -> httpx.Response:
        ready.wait()
        return send(url, sample_image(seed=number % 4))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(upload, range(8)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] * 2 + [409] * 6
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert client.get("/image/").json()["count"] == 1


def test_a_file_larger_than_the_ticket_allows_is_refused_early(client: httpx.Client) -> None:
    url = issue(client, max_bytes=len(SAMPLE) - 1)["url"]
    assert refusal(send(url)) == (413, "file-too-large")
    sent = 0

    def body() -> Any:
        nonlocal sent
        for _ in range(2000):
            sent += 16 * 1024
            yield bytes(16 * 1024)

    form = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(2000 * 16 * 1024)}
    answer = httpx.post(url, content=body(), headers=form, timeout=60)
    assert refusal(answer) == (413, "file-too-large")
    assert f"{len(SAMPLE) - 1:,} bytes" in answer.json()["detail"]
    assert sent < 2000 * 16 * 1024


def test_a_forged_ticket_is_refused_wherever_it_was_changed(client: httpx.Client) -> None:
    url = issue(client, alt="text")["url"]
    start, _, text = url.partition("?ticket=")
    refused = (403, "ticket-invalid")
    with httpx.Client() as stranger:
        for place in range(len(text)):
            other = URL_CHARACTERS[(URL_CHARACTERS.index(text[place]) + 1) % len(URL_CHARACTERS)]
            forged = f"{start}?ticket={text[:place]}{other}{text[place + 1 :]}"
            assert refusal(stranger.post(forged, files={"image": ("a.png", SAMPLE)})) == refused, place
        for query in ("", "?ticket=", "?ticket=x", f"?ticket={text[:-1]}", f"?ticket={text}x", "?ticket=%00.%ff"):
            assert refusal(stranger.post(f"{start}{query}")) == refused
    assert send(url).status_code == 201
    assert client.post("/upload/", files={"image": ("a.png", SAMPLE)}).status_code == 403, "a token is no ticket"


def test_an_expired_ticket_is_refused(client: httpx.Client) -> None:
    url = issue(client, expires_in=1)["url"]
    time.sleep(1.1)
    assert refusal(send(url)) == (403, "ticket-expired")


@pytest.mark.parametrize("end", [("keys", "revoke"), ("keys", "rotate"), ("users", "disable")])
def test_a_ticket_ends_with_its_key_and_says_no_more_than_a_forged_one(
    server: Server, username: str, end: tuple[str, str]
) -> None:
    with server.client(server.token(username)) as client:
        url = issue(client)["url"]
        key = server.call("keys", "list", username).stdout.decode().splitlines()[1].split()[0]
        server.call(*end, username if end[0] == "users" else key)
        ended, forged = send(url), send(f"{url}x")
        assert refusal(ended) == (403, "ticket-invalid")
        assert ended.json() == forged.json()
        assert client.post("/ticket/").status_code == 401


def test_only_a_key_that_may_write_issues_tickets(server: Server, username: str) -> None:
    server.token(username)
    token = server.call("keys", "issue", username, "--name", "r", "--scope", "read").stdout.decode().strip()
    with server.client(token) as client:
        assert refusal(client.post("/ticket/")) == (403, "scope-missing")
    assert refusal(httpx.post(f"{server.url}/ticket/")) == (401, "not-authenticated")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"expires_in": 0}, "invalid-value"),
        ({"expires_in": 86_401}, "invalid-value"),
        ({"expires_in": 10**30}, "invalid-body"),
        ({"max_bytes": 0}, "invalid-value"),
        ({"max_bytes": 2**64}, "invalid-body"),
        ({"name": ".."}, "invalid-value"),
        ({"alt": "x" * 1001}, "invalid-value"),
        ({"alt": "\u732b" * 900}, "invalid-value"),
        ({"tags": ["x" * 65]}, "invalid-value"),
        ({"image_expires_at": "2020-01-01T00:00:00Z"}, "invalid-value"),
        ({"image_expires_at": "0001-01-01T00:00:00+12:00"}, "invalid-body"),
        ({"image_expires_at": "tomorrow"}, "invalid-body"),
        ({"name": None}, "invalid-body"),
        ({"expires_at": "2099-01-01T00:00:00Z"}, "invalid-body"),
        ([], "invalid-body"),
    ],
)
def test_a_ticket_that_cannot_be_issued_is_refused(client: httpx.Client, wanted: object, code: str) -> None:
    assert refusal(client.post("/ticket/", json=wanted)) == (400, code)


def test_only_json_is_accepted(client: httpx.Client) -> None:
    answer = client.post("/ticket/", data={"expires_in": "5"})
    assert refusal(answer) == (415, "unsupported-media-type")


def test_the_longest_url_is_shorter_than_3000_characters(client: httpx.Client) -> None:
    url = issue(client, name="n" * 255, alt="x" * 1000, tags=[f"{number:016d}" for number in range(32)])["url"]
    assert 2000 < len(url) < 3000
    assert send(url).status_code == 201


def test_a_file_is_checked_like_every_upload(client: httpx.Client) -> None:
    url = issue(client)["url"]
    assert refusal(send(url, b"garbage")) == (422, "undecodable-image")
    assert refusal(httpx.post(url, content=b"x")) == (415, "not-multipart")
    assert send(url).status_code == 201


def test_the_file_may_be_the_body_but_not_a_url(client: httpx.Client) -> None:
    url = issue(client, max_bytes=len(SAMPLE))["url"]
    assert refusal(httpx.post(url, json={"url": "https://example.org/a.png"})) == (415, "not-multipart")
    raw = {"Content-Type": "image/png"}
    assert refusal(httpx.post(url, content=SAMPLE + b" ", headers=raw)) == (413, "file-too-large")
    answer = httpx.post(url, content=SAMPLE, headers={**raw, "Content-Disposition": 'attachment; filename="raw.png"'})
    assert (answer.status_code, answer.json()["name"]) == (201, "raw.png")


def test_pages_of_other_origins_may_use_a_ticket(tmp_path: Path) -> None:
    origin = "https://app.example.org"
    with running(tmp_path, CALOTYPE_HTTP__CORS_ORIGINS=origin) as server, server.client(server.token()) as client:
        url = issue(client)["url"]
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        assert httpx.options(url, headers=asked).headers["Access-Control-Allow-Origin"] == origin
        answer = send(url, headers={"Origin": origin})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (201, origin)
        assert send(f"{url}x", headers={"Origin": origin}).headers["Access-Control-Allow-Origin"] == origin


def test_a_ticket_survives_a_restart_and_the_rotation_of_secrets_until_its_secret_is_gone(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_AUTH__SECRETS=SECRETS[0]) as server:
        with server.client(server.token()) as client:
            urls = [issue(client)["url"] for _ in range(2)]
        for secrets, expected in ((reversed(SECRETS), (201, None)), (SECRETS[1:], (403, "ticket-invalid"))):
            server.stop()
            server.settings["CALOTYPE_AUTH__SECRETS"] = ",".join(secrets)
            server.start()
            assert refusal(send(urls.pop())) == expected
        assert not urls


def test_no_image_that_exists_is_shown_to_the_one_who_has_a_ticket(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_IMAGES__DUPLICATES="return") as server, server.client(server.token()) as client:
        image = store(client)
        answer = send(issue(client)["url"])
        assert (answer.status_code, answer.json()["id"] != image["id"]) == (201, True)


def test_the_log_names_no_ticket(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_LOGGING__LEVEL="debug") as server, server.client(server.token()) as client:
        url = issue(client)["url"]
        (tmp_path / "calotype-data" / "blobs").rename(tmp_path / "elsewhere")
        (tmp_path / "calotype-data" / "blobs").touch()
        assert send(url).status_code == 503
        assert "/upload" in server.log
        assert url.partition("ticket=")[2][:20] not in server.log
