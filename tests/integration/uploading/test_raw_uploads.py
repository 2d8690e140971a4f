"""Uploads whose body is the file itself: stored, named, bounded and refused as forms are."""

import socket
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import Server
from kit.servers.requests import INVALID, SAMPLE, store

LIMIT = 50 * 1024 * 1024
PNG = {"Content-Type": "image/png"}
OTHER = sample_image(seed=2, width=90, height=60)


def described(image: dict[str, object]) -> dict[str, object]:
    """What does not differ between two images of the same file."""
    return {
        name: image[name]
        for name in ("format", "width", "height", "frames", "size", "uploaded_size", "sha256", "thumbhash")
    }


@pytest.mark.parametrize(
    "content_type",
    ["image/png", "image/jpeg", "IMAGE/PNG", "image/x-unknown; charset=binary", "application/octet-stream"],
)
def test_the_body_is_stored_as_a_form_with_it_would_be(client: httpx.Client, content_type: str) -> None:
    answer = client.post("/image/?name=sample.png", content=SAMPLE, headers={"Content-Type": content_type})
    image = answer.json()
    assert (answer.status_code, image["name"]) == (201, "sample.png")
    assert answer.headers["Location"].endswith(f"/image/{image['id']}/")
    assert answer.headers["ETag"] == f'"{image["sha256"]}"'
    assert described(image) == described(store(client))
    assert httpx.get(image["original"]).status_code == 200


@pytest.mark.parametrize(
    ("query", "disposition", "name"),
    [
        ("", None, "image.png"),
        ("?name=", None, "image.png"),
        ("?name=a.png", None, "a.png"),
        ("?name=a.png&name=b.png", None, "a.png"),
        (f"?name={quote('grün.png')}", None, "grün.png"),
        ("?name=holiday.jpg", None, "holiday.png"),
        ("?name=../../etc/passwd", None, "passwd.png"),
        ("", b'attachment; filename="b.png"', "b.png"),
        ("", b"inline; filename=b.png", "b.png"),
        ("?name=a.png", b'attachment; filename="b.png"', "b.png"),
        ("?name=a.png", b"attachment", "a.png"),
        ("?name=a.png", b'attachment; filename=""', "a.png"),
        ("", 'attachment; filename="grün.png"'.encode(), "grün.png"),
        ("", b"attachment; filename=b.png; filename*=UTF-8''gr%C3%BCn.png", "grün.png"),
    ],
)
def test_the_name_is_in_a_header_or_in_the_query(
    client: httpx.Client, query: str, disposition: bytes | None, name: str
) -> None:
    headers = {b"Content-Type": b"image/png"} | ({b"Content-Disposition": disposition} if disposition else {})
    answer = client.post(f"/image/{query}", content=SAMPLE, headers=headers)
    assert (answer.status_code, answer.json().get("name")) == (201, name)


def test_a_name_that_is_not_utf8_is_refused(client: httpx.Client) -> None:
    headers = {b"Content-Type": b"image/png", b"Content-Disposition": b'attachment; filename="\xff.png"'}
    answer = client.post("/image/", content=SAMPLE, headers=headers)
    assert (answer.status_code, answer.headers["Calotype-Error"]) == (400, "invalid-value")


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_an_image_is_replaced(client: httpx.Client, method: str) -> None:
    image = store(client)
    by_id = client.request(method, f"/image/{image['id']}/?name=other.png", content=OTHER, headers=PNG)
    assert by_id.status_code == 200
    assert (by_id.json()["id"], by_id.json()["name"], by_id.json()["width"]) == (image["id"], "other.png", 90)
    by_name = client.request(method, "/image/other.png/?name=third.png", content=SAMPLE, headers=PNG)
    assert (by_name.json()["id"], by_name.json()["name"]) == (image["id"], "other.png")
    stale = client.request(
        method, f"/image/{image['id']}/", content=OTHER, headers={**PNG, "If-Match": by_id.headers["ETag"]}
    )
    assert (stale.status_code, stale.headers["Calotype-Error"]) == (412, "precondition-failed")


def test_a_ticket_takes_the_body_too(client: httpx.Client) -> None:
    url = client.post("/ticket/", json={"max_bytes": len(SAMPLE)}).json()["url"]
    above = httpx.post(url, content=SAMPLE + b"x", headers=PNG)
    assert (above.status_code, above.headers["Calotype-Error"]) == (413, "file-too-large")
    stored = httpx.post(f"{url}&name=visitor.png", content=SAMPLE, headers=PNG)
    assert (stored.status_code, stored.json()["name"]) == (201, "visitor.png")


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"", "empty-file", "The submitted file is empty."),
        (b"garbage", "undecodable-image", INVALID),
        (SAMPLE[:-30], "undecodable-image", INVALID),
    ],
)
def test_what_is_no_image_is_refused(client: httpx.Client, body: bytes, code: str, message: str) -> None:
    answer = client.post("/image/", content=body, headers=PNG)
    assert (answer.status_code, answer.headers["Calotype-Error"]) == (422, code)
    assert answer.json() == {"original": [message]}
    assert client.get("/image/").json()["count"] == 0


def test_a_compressed_body_is_refused(client: httpx.Client) -> None:
    answer = client.post("/image/", content=SAMPLE, headers={**PNG, "Content-Encoding": "gzip"})
    assert (answer.status_code, answer.headers["Calotype-Error"]) == (415, "encoded-body")


def test_the_same_upload_under_the_same_key_is_stored_once_as_a_form_or_not(client: httpx.Client) -> None:
    key = {"Idempotency-Key": "raw"}
    first = client.post("/image/?name=sample.png", content=SAMPLE, headers={**PNG, **key})
    assert first.status_code == 201
    again = client.post("/image/?name=sample.png", content=SAMPLE, headers={**PNG, **key})
    form = client.post("/image/", files={"original": ("sample.png", SAMPLE)}, headers=key)
    assert first.json()["id"] == again.json()["id"] == form.json()["id"]
    other = client.post("/image/?name=other.png", content=SAMPLE, headers={**PNG, **key})
    assert (other.status_code, other.headers["Calotype-Error"]) == (422, "idempotency-key-reused")


def test_a_file_of_exactly_the_limit_is_read_and_one_byte_more_is_not(client: httpx.Client) -> None:
    padded = sample_image() + bytes(LIMIT)
    assert client.post("/image/", content=padded[:LIMIT], headers=PNG).json()["uploaded_size"] == LIMIT
    above = client.post("/image/", content=padded[: LIMIT + 1], headers=PNG)
    assert (above.status_code, list(above.json())) == (413, ["detail"])


def begun(server: Server, token: str, *lines: str) -> socket.socket:
    """A connection on which the headers of an upload were sent."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    head = [
        "POST /image/ HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Token {token}",
        "Content-Type: image/png",
        *lines,
    ]
    connection.sendall("".join(f"{line}\r\n" for line in [*head, ""]).encode())
    return connection


def status_of(connection: socket.socket) -> int:
    received = b""
    while b"\r\n" not in received and (data := connection.recv(4096)):
        received += data
    return int(received.split()[1])


def test_without_an_announced_size_reading_stops_at_the_limit(server: Server, username: str) -> None:
    with begun(server, server.token(username), "Transfer-Encoding: chunked") as connection:
        sent, chunk = 0, bytes(1024 * 1024)
        try:
            while sent < 4 * LIMIT:
                connection.sendall(b"%x\r\n" % len(chunk) + chunk + b"\r\n")
                sent += len(chunk)
        except OSError:
            pass
        assert LIMIT - len(chunk) <= sent < LIMIT + 20 * 1024 * 1024


def staged_files(server: Server) -> list[Path]:
    return [path for path in (server.folder / "calotype-data" / "blobs" / "staging").glob("*/*/*") if path.is_file()]


def test_a_client_that_disconnects_leaves_nothing(server: Server, username: str) -> None:
    # The whole image is there, but more was announced, or the last chunk is missing: it is not known to be whole.
    token = server.token(username)
    pieces = {
        f"Content-Length: {len(SAMPLE) + 1}": SAMPLE,
        f"Content-Length: {len(SAMPLE)}": SAMPLE[:-1],
        "Transfer-Encoding: chunked": b"%x\r\n" % len(SAMPLE) + SAMPLE + b"\r\n",
    }
    for line, body in pieces.items():
        for how in (socket.SHUT_WR, socket.SHUT_RDWR):
            with begun(server, token, line) as connection:
                connection.sendall(body)
                time.sleep(0.1)
                connection.shutdown(how)
                time.sleep(0.1)
    until = time.monotonic() + 10
    while staged_files(server) and time.monotonic() < until:
        time.sleep(0.05)
    assert staged_files(server) == []
    with server.client(token) as client:
        assert client.get("/image/").json()["count"] == 0


def test_a_client_that_stops_sending_gets_a_408(impatient: Server) -> None:
    with begun(impatient, impatient.token(), "Content-Length: 5000") as connection:
        connection.sendall(SAMPLE[:100])
        began = time.monotonic()
        assert status_of(connection) == 408
        assert 0.5 < time.monotonic() - began < 5
    assert staged_files(impatient) == []


def test_an_upload_above_the_limit_is_a_503(impatient: Server) -> None:
    token = impatient.token()
    lengths = "Content-Length: 5000"
    with begun(impatient, token, lengths), begun(impatient, token, lengths):
        time.sleep(0.3)
        with impatient.client(token) as client:
            answer = client.post("/image/", content=SAMPLE, headers=PNG)
    assert (answer.status_code, answer.headers["Calotype-Error"]) == (503, "uploads-busy")
    assert int(answer.headers["Retry-After"]) >= 1
