"""Where a server listens: names, IPv6, Unix sockets; and what it prints where nothing can be written."""

import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from domain.model.pixels.media import ImageFormat
from entrypoints.cli.errors import CannotListen
from entrypoints.cli.listening import free_place
from entrypoints.settings.http import Http
from kit.images.samples import sample_image
from kit.servers.calotype import Server, free_port, running
from kit.servers.workers import is_alive


def test_a_unix_socket_serves_below_a_path_and_survives_a_killed_server(tmp_path: Path) -> None:
    file = tmp_path / "http.sock"
    below = "https://example.org/images"
    server = Server(tmp_path, {"CALOTYPE_HTTP__SOCKET": str(file), "CALOTYPE_HTTP__PUBLIC_URL": below}, socket=file)
    for ending in (signal.SIGKILL, signal.SIGTERM):
        server.start()
        with server.client(server.token()) as client:
            stored = client.post(
                "/image/", files={"image": ("caf\u00e9.png", sample_image(ImageFormat.PNG), "image/png")}
            )
            assert stored.headers["Location"].startswith(f"{below}/image/")
            for path in ("/docs", "/docs/"):
                assert f'href="{"../" if path.endswith("/") else ""}schema/openapi.json"' in client.get(path).text
            assert client.get("/schema/openapi.json").json()["servers"] == [{"url": below}]
        processes = server.processes()
        server.stop(ending)
        while any(map(is_alive, processes)):  # they end with the killed one, a moment later
            time.sleep(0.05)
    assert not file.exists()


def test_a_socket_that_is_in_use_or_no_socket_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "http.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(file))
        other.listen()
        with pytest.raises(CannotListen, match="in use"):
            free_place(Http(socket=str(file)))
        assert file.exists()
    (tmp_path / "a file").write_text("mine")
    with pytest.raises(CannotListen, match="in use"):
        free_place(Http(socket=str(tmp_path / "a file")))
    with pytest.raises(CannotListen, match="too long"):
        free_place(Http(socket=str(tmp_path / ("x" * 200))))
    assert (tmp_path / "a file").read_text() == "mine"


def test_an_ipv6_address_may_be_in_brackets() -> None:
    with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        assert free_place(Http(host="[::1]", port=free_port())).host == "::1"
    with pytest.raises(CannotListen, match=r"Cannot assign|not supported"):
        free_place(Http(host="2001:db8::1", port=free_port()))


def test_a_name_is_listened_on(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_HTTP__HOST="localhost") as server:
        assert httpx.get(f"{server.url.replace('127.0.0.1', 'localhost')}/health/live/").is_success
    assert "http://localhost:" in server.log


def test_raw_utf8_in_a_search_finds_what_it_says(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        token = server.token()
        with server.client(token) as client:
            for name in ("caf\u00e9.png", "cafe.png"):
                client.post("/image/", files={"image": (name, sample_image(ImageFormat.PNG), "image/png")})
        for query, count in ((b"caf\xc3\xa9", 1), (b"caf%C3%A9", 1), (b"caf", 2)):
            request = b"GET /image/?search=%s HTTP/1.0\r\nAuthorization: Token %s\r\n\r\n" % (query, token.encode())
            with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
                connection.sendall(request)
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
            assert b'"count":%d,' % count in answer


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_behind_standard_output_is_a_clear_error(tmp_path: Path, unbuffered: str) -> None:
    server = Server(tmp_path, {"PYTHONUNBUFFERED": unbuffered})
    server.token()  # or the first command would also say that it made an installation
    for command in ("get-access-key", "config show"):
        ended = server.run(*command.split(), under=["sh", "-c", 'exec "$@" >/dev/full', "sh"], check=False)
        assert ended.returncode == 74
        assert ended.stderr == b"calotype: cannot write to standard output: No space left on device\n"
