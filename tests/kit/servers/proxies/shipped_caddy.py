"""A real Caddy in front of a server, with the configuration that is shipped."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.servers import programs
from kit.servers.calotype import Server, free_port
from kit.servers.object_stores import running

SHIPPED = (Path(__file__).parents[4] / "deploy" / "Caddyfile").read_text()


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"the configuration has {text.count(old)} times {old!r}"
    return text.replace(old, new)


@contextmanager
def shipped_caddy(folder: Path, server: Server) -> Iterator[str]:
    """The URL of Caddy with the configuration that is shipped, before this server and one that is down."""
    port = free_port()
    text = replaced(SHIPPED, ":8080 {", f":{port} {{\n\tbind 127.0.0.1")  # for any host name, as shipped
    with _caddy(folder, text, server, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def shipped_caddy_of(host: str, folder: Path, server: Server) -> Iterator[tuple[int, int]]:
    """The same with a host name, TLS by a certificate of its own, and the lines for that; its ports for HTTP and HTTPS."""
    http, https = free_port(), free_port()
    text = replaced(SHIPPED, ":8080 {", f"{host} {{\n\ttls internal")
    text = replaced(text, "images.example.org\n", f"{host}\n")
    text = re.sub(r"^#(?! )", "", text, flags=re.MULTILINE)
    text = replaced(
        text, "{\n\tservers {", f"{{\n\thttp_port {http}\n\thttps_port {https}\n\tskip_install_trust\n\tservers {{"
    )
    with _caddy(folder, text, server, https):
        yield http, https


@contextmanager
def _caddy(folder: Path, text: str, server: Server, port: int) -> Iterator[None]:
    folder.mkdir()
    text = replaced(text, "server-1:8000 server-2:8000", f"127.0.0.1:{server.port} 127.0.0.1:{free_port()}")
    text = replaced(text, "\tservers {", "\tadmin off\n\tservers {")
    file = folder / "Caddyfile"
    file.write_text(text)

    def is_up() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    command = [str(programs.caddy()), "run", "--config", str(file)]
    with running(command, folder, is_up, {"HOME": str(folder)}):
        yield
