"""Uploads that are refused before they are complete: the server reads little more, and the answer always arrives."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from entrypoints.http.uploading.early_refusal import READING_SECONDS
from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.proxies.nginx import nginx

MULTIPART = "multipart/form-data; boundary=xx"
BEGINNING = b'--xx\r\nContent-Disposition: form-data; name="original"; filename="a.png"\r\n\r\n'
FORM = BEGINNING + sample_image() + b"\r\n--xx--\r\n"
MEGABYTE = 1_000_000
LIMIT = 50 * 1024 * 1024
TOO_MUCH = 200 * MEGABYTE


def asked(server: Server, token: str, *lines: str, target: str = "POST /image/") -> socket.socket:
    """A connection on which the headers of a request were sent."""
    connection = socket.socket()
    connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024
    )  # small, so that sending blocks unless the server reads
    connection.settimeout(60)
    connection.connect(("127.0.0.1", server.port))
    head = [f"{target} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Token {token}", *lines]
    connection.sendall("".join(f"{line}\r\n" for line in [*head, ""]).encode())
    return connection


def until_the_end(connection: socket.socket) -> bytes:
    """All bytes until the server closes the connection. A reset is an error."""
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


def parsed(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(status.split()[1]), headers, body


@pytest.fixture
def tokens(server: Server, username: str) -> dict[str, str]:
    writer = server.token(username)
    reader = server.call("keys", "issue", username, "--name", "reader", "--scope", "read").stdout.decode()
    return {"nobody": "wrong", "reader": reader.split()[-1], "writer": writer}


# Expect: 100-continue (RFC 9110, 10.1.1)


FORM_HEAD = (f"Content-Type: {MULTIPART}", "Content-Length: 1000")


@pytest.mark.parametrize(
    ("status", "user", "lines", "target"),
    [
        (401, "nobody", FORM_HEAD, "POST /image/"),
        (403, "reader", FORM_HEAD, "POST /image/"),
        (413, "writer", (f"Content-Type: {MULTIPART}", f"Content-Length: {TOO_MUCH}"), "POST /image/"),
        (415, "writer", ("Content-Type: text/plain", "Content-Length: 1000"), "POST /image/"),
        (413, "writer", ("Content-Type: image/png", f"Content-Length: {LIMIT + 1}"), "POST /image/"),
        (403, "writer", ("Content-Type: application/json", "Content-Length: 1000"), "POST /image/"),
        (400, "writer", ("Content-Type: multipart/form-data", "Content-Length: 1000"), "POST /image/"),
        (400, "writer", (*FORM_HEAD, "Idempotency-Key: a b"), "POST /image/"),
        (404, "writer", FORM_HEAD, "PATCH /image/999999/"),
        (404, "writer", FORM_HEAD, "POST /nothing/"),
        (405, "writer", FORM_HEAD, "POST /image/1/"),
    ],
)
def test_a_refused_client_that_expects_continue_gets_no_100(
    server: Server, tokens: dict[str, str], status: int, user: str, *, lines: tuple[str, ...], target: str
) -> None:
    with asked(server, tokens[user], *lines, "Expect: 100-continue", target=target) as connection:
        found, headers, body = parsed(until_the_end(connection))
    assert (found, headers["connection"]) == (status, "close")
    assert len(body) == int(headers["content-length"]) > 0


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_an_accepted_client_that_expects_continue_gets_a_100(
    server: Server, client: httpx.Client, username: str, method: str
) -> None:
    path = "/image/"
    if method == "PATCH":
        path = f"/image/{client.post(path, files={'image': ('a.png', sample_image(seed=2))}).json()['id']}/"
    lines = [f"Content-Type: {MULTIPART}", f"Content-Length: {len(FORM)}", "Expect: 100-continue"]
    with asked(server, server.token(username), *lines, target=f"{method} {path}") as connection:
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(FORM)
        assert parsed(connection.recv(65536))[0] == {"POST": 201, "PATCH": 200}[method]


# Clients that do not send Expect


@pytest.mark.parametrize(
    ("status", "length", "limit"),
    [
        (401, f"Content-Length: {TOO_MUCH}", 0),
        (401, "Transfer-Encoding: chunked", 0),
        (413, f"Content-Length: {TOO_MUCH}", 0),
        (413, "Transfer-Encoding: chunked", LIMIT),
    ],
)
def test_a_refused_upload_is_answered_and_little_more_of_it_is_read(
    server: Server, username: str, status: int, length: str, limit: int
) -> None:
    token = "wrong" if status == 401 else server.token(username)
    sent = 0
    with asked(server, token, f"Content-Type: {MULTIPART}", length) as connection:

        def send() -> None:
            nonlocal sent
            chunk = bytes(MEGABYTE)
            if "chunked" in length:
                chunk = b"%x\r\n%b\r\n" % (len(chunk), chunk)
                connection.sendall(b"%x\r\n%b\r\n" % (len(BEGINNING), BEGINNING))
            try:
                while sent < TOO_MUCH:
                    connection.sendall(chunk)
                    sent += MEGABYTE
            except OSError:
                pass

        sending = threading.Thread(target=send)
        sending.start()
        answer = b""
        try:
            while data := connection.recv(65536):
                answer += data
        except ConnectionResetError:  # the client keeps sending after the answer
            pass
        sending.join()
    found, headers, body = parsed(answer)
    assert (found, headers["connection"], len(body)) == (status, "close", int(headers["content-length"]))
    assert limit - 2 * MEGABYTE <= sent <= limit + 10 * MEGABYTE


@pytest.mark.parametrize("pause", [0, 0.02])
def test_a_small_refused_upload_is_read_so_that_the_connection_is_not_reset(server: Server, pause: float) -> None:
    size, pieces = 3 * MEGABYTE, 30
    with asked(server, "wrong", f"Content-Type: {MULTIPART}", f"Content-Length: {size}") as connection:
        for _ in range(pieces):
            connection.sendall(bytes(size // pieces))
            time.sleep(pause)  # as over a slow network
        assert parsed(until_the_end(connection))[0] == 401


def test_a_refused_client_that_stops_sending_is_disconnected_soon(server: Server) -> None:
    for _ in range(8):  # whatever still holds the request keeps the connection open, until garbage is collected
        with asked(server, "wrong", f"Content-Type: {MULTIPART}", f"Content-Length: {LIMIT}") as connection:
            connection.sendall(BEGINNING)
            started = time.monotonic()
            found, headers, body = parsed(until_the_end(connection))
            waited = time.monotonic() - started
        assert (found, len(body)) == (401, int(headers["content-length"]))
        assert waited < READING_SECONDS


@pytest.fixture(scope="module")
def before_nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("refusing")) as server:
        yield server


@pytest.mark.parametrize("buffering", ["on", "off"])
def test_nginx_passes_on_every_refusal(before_nginx: Server, tmp_path: Path, buffering: str) -> None:
    token = before_nginx.token()
    large = bytes(LIMIT + 500_000)
    proxying = f"proxy_request_buffering {buffering};"
    with nginx(tmp_path / "nginx", [before_nginx.port], proxying=proxying) as url:
        for credentials, status in (("wrong", 401), (token, 413)):
            headers = {"Authorization": f"Token {credentials}", "Content-Type": MULTIPART}
            found = [httpx.post(f"{url}/image/", content=large, headers=headers).status_code for _ in range(10)]
            assert found == [status] * 10


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (("Content-Type: text/plain", "Content-Length: 9"), 415),
        (("Content-Type: image/png", "Content-Encoding: gzip", "Content-Length: 9"), 415),
        (("Content-Type: application/json", "Content-Length: 9"), 403),
        (("Content-Type: multipart/form-data", "Content-Length: 9"), 400),
        ((f"Content-Type: {MULTIPART}", f"Content-Length: {LIMIT * 2}"), 413),
        (("Content-Type: image/png", f"Content-Length: {LIMIT + 1}"), 413),
        (("Content-Type: image/png", "Content-Length: 9"), 503),
    ],
)
def test_what_the_headers_forbid_is_refused_for_that_when_all_places_are_taken(
    impatient: Server, lines: tuple[str, ...], status: int
) -> None:
    token = impatient.token()
    held = [asked(impatient, token, f"Content-Type: {MULTIPART}", "Content-Length: 5000") for _ in range(2)]
    try:
        time.sleep(0.3)
        with asked(impatient, token, *lines) as connection:
            assert parsed(until_the_end(connection))[0] == status
    finally:
        for connection in held:
            connection.close()
        time.sleep(0.3)
