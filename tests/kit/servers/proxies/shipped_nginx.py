"""A real nginx in front of a server, with the configuration that is shipped."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.servers.calotype import Server, free_port
from kit.servers.proxies.nginx_process import nginx_process

SHIPPED = (Path(__file__).parents[4] / "deploy" / "nginx.conf").read_text()


def replaced(text: str, pattern: str, by: str) -> str:
    changed, number = re.subn(pattern, by, text)
    assert number, f"the configuration has no {pattern}"
    return changed


@contextmanager
def shipped_nginx(folder: Path, server: Server, **changed: str) -> Iterator[str]:
    """The URL of nginx with the configuration that is shipped, before this server and one that is down.

    ``changed``: other values of directives.
    """
    port = free_port()
    text = replaced(SHIPPED, r"server-1:8000", f"127.0.0.1:{server.port}")
    text = replaced(text, r"server-2:8000", f"127.0.0.1:{free_port()}")
    text = replaced(text, r"s3:8333", f"127.0.0.1:{free_port()}")
    text = replaced(text, r"listen 8080", f"listen 127.0.0.1:{port}")
    text = replaced(text, r"listen 8081", f"listen 127.0.0.1:{free_port()}")
    for directive, value in changed.items():
        text = replaced(text, rf"{directive} [^;]*;", f"{directive} {value};")
    with nginx_process(folder, port, text) as url:
        yield url
