"""Many connections, and slow uploads, of one client do not stop others."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from domain.model.pixels.media import ImageFormat
from kit.images.samples import sample_image
from kit.servers.calotype import Server, running

SMALL = sample_image(ImageFormat.JPEG, 640, 480)


@contextmanager
def dripping(server: Server, token: str, number: int) -> Iterator[None]:
    """So many uploads, of which nothing arrives after their first byte."""
    head = (
        f"POST /image/ HTTP/1.1\r\nHost: a\r\nAuthorization: Token {token}\r\n"
        "Content-Type: image/jpeg\r\nContent-Length: 9999\r\n\r\n\xff"
    ).encode("latin-1")
    with ExitStack() as stack:
        for _ in range(number):
            each = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            each.sendall(head)
        yield


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"CALOTYPE_HTTP__CONNECTIONS_PER_ADDRESS": "80", "CALOTYPE_HTTP__UPLOAD_PAUSE": "5"}
    with running(tmp_path_factory.mktemp("shared"), **settings) as server:
        yield server


def test_sixty_four_uploads_of_one_user_that_send_nothing_leave_places_for_another(server: Server) -> None:
    bob, greedy = server.token("bob"), server.token("greedy")
    with server.client(bob) as client:
        assert client.post("/image/", files={"image": ("first.jpg", SMALL)}).status_code == 201
        with dripping(server, greedy, 64):
            time.sleep(0.5)
            began = time.monotonic()
            assert client.post("/image/", files={"image": ("a.jpg", SMALL)}).status_code == 201
            assert time.monotonic() - began < 3


def test_connections_beyond_the_share_of_an_address_are_ended(server: Server) -> None:
    with ExitStack() as stack:
        opened = [
            stack.enter_context(
                socket.create_connection(("127.0.0.1", server.port), source_address=("127.0.0.5", 0), timeout=5)
            )
            for _ in range(120)
        ]
        time.sleep(2.5)
        ended = 0
        for each in opened:
            each.setblocking(False)
            try:
                ended += each.recv(1) == b""
            except BlockingIOError:
                pass
            except ConnectionResetError:
                ended += 1
        assert ended == 40
        with server.client() as client:
            assert client.get("/health/live/").status_code == 200


@pytest.mark.parametrize("hosts", ["", "Host: a\r\nHost: b\r\n"])
@pytest.mark.parametrize("path", ["/image/1/", "/health/live/", "/docs/", "/nothing/"])
def test_a_request_has_one_host(server: Server, hosts: str, path: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"host-not-stated" in answer


def test_a_server_with_few_files_answers_beside_many_idle_connections(tmp_path: Path) -> None:
    limited = Server(tmp_path)
    limited.program = ("bash", "-c", 'ulimit -n 256; exec "$0" "$@"', *limited.program)
    limited.start()
    try:
        with ExitStack() as stack:
            for _ in range(400):
                stack.enter_context(socket.create_connection(("127.0.0.1", limited.port)))
            time.sleep(6)
            with limited.client() as client:
                assert client.get("/health/live/", timeout=10).status_code == 200
    finally:
        limited.stop()
