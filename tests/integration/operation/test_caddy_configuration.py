"""The configuration of Caddy that is shipped: it works with one of two instances down, and tells the client's address."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from kit.images.samples import sample_image
from kit.servers import programs
from kit.servers.calotype import Server, free_port, running
from kit.servers.object_stores import running as running_beside

SHIPPED = (Path(__file__).parents[3] / "deploy" / "Caddyfile").read_text()


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"the configuration has {text.count(old)} times {old!r}"
    return text.replace(old, new)


@contextmanager
def shipped_caddy(folder: Path, server: Server) -> Iterator[str]:
    """The URL of Caddy with the configuration that is shipped, before this server and one that is down."""
    folder.mkdir()
    port = free_port()
    text = replaced(SHIPPED, ":8080 {", f"http://127.0.0.1:{port} {{")
    text = replaced(text, "server-1:8000 server-2:8000", f"127.0.0.1:{server.port} 127.0.0.1:{free_port()}")
    text = replaced(text, "\tservers {", "\tadmin off\n\tservers {")
    file = folder / "Caddyfile"
    file.write_text(text)

    def is_up() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    command = [str(programs.caddy()), "run", "--config", str(file)]
    with running_beside(command, folder, is_up, {"HOME": str(folder)}):
        yield f"http://127.0.0.1:{port}"


def test_uploads_are_stored_with_one_of_two_instances_down(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    with running(tmp_path / "server") as server, shipped_caddy(tmp_path / "caddy", server) as url:
        headers = {"Authorization": f"Token {server.token()}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            answers = [
                client.post("/image/", files={"image": (f"{seed}.png", sample_image(seed=seed))}) for seed in range(20)
            ]
            assert [answer.status_code for answer in answers] == [201] * 20
            assert client.get("/image/").json()["count"] == 20
            assert client.get("/metrics").status_code == 404


def test_each_client_counts_as_one_where_caddy_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    with (
        running(tmp_path / "server", CALOTYPE_HTTP__TRUSTED_PROXIES="127.0.0.1") as server,
        shipped_caddy(tmp_path / "caddy", server) as url,
    ):
        server.call("users", "add", "ada", "--password", "correct horse")

        def log_in(password: str, source: str) -> int:
            forged = {"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1"}
            with httpx.Client(transport=httpx.HTTPTransport(local_address=source), timeout=60) as client:
                form = {"username": "ada", "password": password}
                return client.post(f"{url}/api/token/", data=form, headers=forged).status_code

        assert [log_in("wrong", "127.0.0.7") for _ in range(11)] == [400] * 10 + [429]
        assert log_in("correct horse", "127.0.0.8") == 200
