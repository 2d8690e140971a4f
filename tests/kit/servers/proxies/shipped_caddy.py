"""A real Caddy in front of a server, with the configuration that is shipped."""

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
    folder.mkdir()
    port = free_port()
    text = replaced(SHIPPED, ":8080 {", f":{port} {{\n\tbind 127.0.0.1")  # for any host name, as shipped
    text = replaced(text, "server-1:8000 server-2:8000", f"127.0.0.1:{server.port} 127.0.0.1:{free_port()}")
    text = replaced(text, "\tservers {", "\tadmin off\n\tservers {")
    file = folder / "Caddyfile"
    file.write_text(text)

    def is_up() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    command = [str(programs.caddy()), "run", "--config", str(file)]
    with running(command, folder, is_up, {"HOME": str(folder)}):
        yield f"http://127.0.0.1:{port}"
