"""Uploads of which the client sends only the URL, against a real server and another one that has the files."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from kit.images.samples import sample_image
from kit.remote.other_server import OtherServer, answer, other_server
from kit.servers.calotype import Server, running
from kit.servers.requests import INVALID, SAMPLE, store, with_variants

LARGEST = 200_000


@pytest.fixture(scope="module")
def fetching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "CALOTYPE_IMAGES__FROM_URLS": "true",
        "CALOTYPE_IMAGES__LARGEST_FILE": str(LARGEST),
        "CALOTYPE_REMOTE__ALLOWED_NETWORKS": "127.0.0.2",
        "CALOTYPE_REMOTE__DEADLINE": "2",
        "CALOTYPE_HTTP__UPLOADS": "1",
        "CALOTYPE_HTTP__UPLOAD_WAIT": "0.2",
    }
    with running(tmp_path_factory.mktemp("fetching"), **settings) as server:
        yield server


@pytest.fixture
def client(fetching: Server, username: str) -> Iterator[httpx.Client]:
    with fetching.client(fetching.token(username)) as client:
        yield client


def silent(connection: socket.socket) -> None:
    """Wait for the end of the connection."""
    connection.recv(1)


@pytest.fixture
def files() -> Iterator[OtherServer]:
    """The server that has the files; it is allowed."""
    with other_server("127.0.0.2") as files:
        files.answers |= {
            "/photos/sample.png": answer(body=SAMPLE),
            "/named": answer(body=SAMPLE, Content_Disposition="attachment; filename*=UTF-8''gr%C3%BCn.png"),
            "/moved": answer(301, Location="/photos/sample.png"),
            "/text": answer(body=b"garbage"),
            "/empty": answer(),
            "/large": answer(body=sample_image() + bytes(LARGEST)),
            "/error": answer(500),
            "/slow": silent,
        }
        yield files


def refusal(refused: httpx.Response) -> tuple[int, str | None]:
    return refused.status_code, refused.headers.get("Calotype-Error")


def staged_files(server: Server) -> list[Path]:
    return [path for path in (server.folder / "calotype-data" / "blobs" / "staging").glob("*/*/*") if path.is_file()]


@pytest.mark.parametrize(
    ("path", "given", "name"),
    [
        ("/photos/sample.png?size=large", {}, "sample.png"),
        ("/photos/sample.png", {"name": "ours.png"}, "ours.png"),
        ("/photos/sample.png", {"name": ""}, "sample.png"),
        ("/named", {}, "grün.png"),
        ("/moved", {}, "sample.png"),
    ],
)
def test_an_image_is_fetched_and_stored_as_a_form_with_it_would_be(
    client: httpx.Client, files: OtherServer, path: str, given: dict[str, str], name: str
) -> None:
    stored = client.post("/image/", json={"url": files.url(path), **given})
    image = stored.json()
    assert (stored.status_code, image["name"]) == (201, name)
    assert stored.headers["Location"].endswith(f"/image/{image['id']}/")
    assert image["sha256"] == store(client)["sha256"]
    assert with_variants(client, image["id"])["small"]
    assert "authorization" not in files.received[0].headers


def test_the_image_gets_the_details_that_are_given(client: httpx.Client, files: OtherServer) -> None:
    at, details = files.url("/photos/sample.png"), {"alt": "A rocket", "tags": ["B", "a"], "public": True}
    later, past = "2999-01-01T00:00:00Z", "2001-01-01T00:00:00Z"
    image = client.post("/image/", json={"url": at, **details, "expires_at": later}).json()
    assert [image[name] for name in ("alt", "tags", "public", "expires_at")] == [
        "A rocket", ["a", "b"], True, "2999-01-01T00:00:00.000000Z"
    ]  # fmt: skip
    assert refusal(client.post("/image/", json={"url": at, "expires_at": past})) == (400, "invalid-value")
    assert client.get("/image/").json()["count"] == 1


@pytest.mark.parametrize(
    ("path", "code", "message"),
    [
        ("/text", "undecodable-image", INVALID),
        ("/empty", "empty-file", "The submitted file is empty."),
        ("/nothing", "remote-failed", "status 404"),
        ("/error", "remote-failed", "status 500"),
        ("/slow", "remote-timed-out", "in time"),
    ],
)
def test_what_is_no_image_is_refused(
    client: httpx.Client, files: OtherServer, path: str, code: str, message: str
) -> None:
    refused = client.post("/image/", json={"url": files.url(path)})
    assert refusal(refused) == (422, code)
    assert list(refused.json()) == ["url"]
    assert message in refused.json()["url"][0]
    assert client.get("/image/").json()["count"] == 0


def test_a_file_above_the_limit_of_uploads_is_refused(
    fetching: Server, client: httpx.Client, files: OtherServer
) -> None:
    refused = client.post("/image/", json={"url": files.url("/large")})
    assert refusal(refused) == (413, "file-too-large")
    assert f"{LARGEST:,}" in refused.json()["detail"]
    assert staged_files(fetching) == []


@pytest.mark.parametrize(
    "url", ["", "sample.png", "ftp://example.org/", "file:///etc/passwd", "http://ada:secret@127.0.0.2/", "http://"]
)
def test_a_url_that_cannot_be_used_is_refused(client: httpx.Client, url: str) -> None:
    refused = client.post("/image/", json={"url": url})
    assert refusal(refused) == (422, "invalid-url")
    assert "secret" not in refused.text


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0.0.0.0", "[::1]", "[::ffff:7f00:1]"],
)
def test_the_inside_network_is_not_reached(client: httpx.Client, files: OtherServer, host: str) -> None:
    with other_server("") as inside:
        inside.answers["/photos/sample.png"] = answer(body=SAMPLE)
        files.answers["/guide"] = answer(302, Location=inside.url("/photos/sample.png", host=host))
        for url in (inside.url("/photos/sample.png", host=host), files.url("/guide")):
            refused = client.post("/image/", json={"url": url})
            assert refusal(refused) == (422, "address-forbidden")
            assert refused.json() == {"url": ["The host of the URL has an address that this service does not contact."]}
        assert inside.connections == 0
    # The service itself listens on an address that is forbidden too.
    own = client.post("/image/", json={"url": f"{client.base_url}/metrics"})
    assert refusal(own) == (422, "address-forbidden")


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "object"),
        (b'"http://example.org/"', "object"),
        (b"{}", "url"),
        (b'{"url": 5}', "url"),
        (b'{"url": "http://example.org/", "name": null}', "name"),
        (b'{"url": "http://example.org/", "colour": "red"}', "colour"),
        (b'{"url": "\xff"}', "UTF-8"),
    ],
)
def test_a_body_that_is_not_understood_is_refused(client: httpx.Client, body: bytes, names: str) -> None:
    refused = client.post("/image/", content=body, headers={"Content-Type": "application/json"})
    assert refusal(refused) == (400, "invalid-body")
    assert names in refused.json()["detail"]


def test_any_name_is_made_safe(client: httpx.Client, files: OtherServer) -> None:
    body = json.dumps({"url": files.url("/photos/sample.png"), "name": "../a\0b.jpg"})
    headers = {"Content-Type": "application/json", "Idempotency-Key": "safe"}
    stored = client.post("/image/", content=body, headers=headers)
    assert (stored.status_code, stored.json().get("name")) == (201, "ab.png"), stored.text


def test_a_large_body_is_refused(client: httpx.Client, files: OtherServer) -> None:
    body = json.dumps({"url": files.url("/photos/sample.png"), "name": "x" * 70_000})
    for content in (body.encode(), iter([body.encode()])):
        refused = client.post("/image/", content=content, headers={"Content-Type": "application/json"})
        assert refusal(refused) == (413, "body-too-large")
    assert files.received == []


def test_the_same_url_under_the_same_key_is_stored_once(client: httpx.Client, files: OtherServer) -> None:
    wanted, key = {"url": files.url("/photos/sample.png")}, {"Idempotency-Key": "url"}
    first, again = (client.post("/image/", json=wanted, headers=key) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json()["id"] == again.json()["id"]
    files.answers["/photos/sample.png"] = answer(body=sample_image(seed=9))
    assert refusal(client.post("/image/", json=wanted, headers=key)) == (422, "idempotency-key-reused")


def test_a_fetch_takes_the_place_of_an_upload(client: httpx.Client, files: OtherServer) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(connection: socket.socket) -> None:
        begun.set()
        go_on.wait(1)
        connection.sendall(answer(body=SAMPLE))

    files.answers["/waiting"] = wait
    found: list[int] = []
    fetch = threading.Thread(
        target=lambda: found.append(client.post("/image/", json={"url": files.url("/waiting")}).status_code)
    )
    fetch.start()
    assert begun.wait(30)
    busy = httpx.post(f"{client.base_url}/image/", files={"image": ("a.png", SAMPLE)}, headers=client.headers)
    go_on.set()
    fetch.join()
    assert refusal(busy) == (503, "uploads-busy")
    assert found == [201]


def test_only_a_key_that_may_write_has_anything_fetched(
    fetching: Server, client: httpx.Client, username: str, files: OtherServer
) -> None:
    reader = fetching.call("keys", "issue", username, "--name", "reader", "--scope", "read").stdout.decode().split()[-1]
    for token, expected in (("wrong", (401, "invalid-token")), (reader, (403, "scope-missing"))):
        headers = {"Authorization": f"Token {token}"}
        refused = client.post("/image/", json={"url": files.url("/photos/sample.png")}, headers=headers)
        assert refusal(refused) == expected
    assert files.connections == 0


def test_no_url_replaces_an_image_or_is_stored_by_a_ticket(client: httpx.Client, files: OtherServer) -> None:
    image = store(client)
    ticket = client.post("/ticket/").json()["url"]
    by_ticket = httpx.post(ticket, json={"url": files.url("/photos/sample.png")})
    assert refusal(by_ticket) == (415, "not-multipart")
    for method in ("PATCH", "PUT"):
        path = f"/image/{image['id']}/"
        assert client.request(method, path, json={"url": files.url("/photos/sample.png")}).status_code in (400, 415)
    assert files.connections == 0


def test_nothing_is_fetched_unless_the_settings_say_so(server: Server, username: str, files: OtherServer) -> None:
    with server.client(server.token(username)) as client:
        refused = client.post("/image/", json={"url": files.url("/photos/sample.png")})
    assert refusal(refused) == (403, "urls-not-accepted")
    assert "does not fetch" in refused.json()["detail"]
    assert files.connections == 0
