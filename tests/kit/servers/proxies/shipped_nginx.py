"""A real nginx in front of a server, with the configuration that is shipped."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.servers import programs
from kit.servers.calotype import Server, free_port
from kit.servers.object_stores import running

SHIPPED = (Path(__file__).parents[4] / "deploy" / "nginx.conf").read_text()
AROUND = """
daemon off;
user root;  # if root runs the tests, other users cannot read its folders
error_log {folder}/error.log;
pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {shipped}
}}
"""


def replaced(text: str, pattern: str, by: str) -> str:
    changed, number = re.subn(pattern, by, text)
    assert number, f"the configuration has no {pattern}"
    return changed


@contextmanager
def shipped_nginx(folder: Path, server: Server, **changed: str) -> Iterator[str]:
    """The URL of nginx with the configuration that is shipped, before this server and one that is down.

    ``changed``: other values of directives.
    """
    folder.mkdir()
    port = free_port()
    text = replaced(SHIPPED, r"server-1:8000", f"127.0.0.1:{server.port}")
    text = replaced(text, r"server-2:8000", f"127.0.0.1:{free_port()}")
    text = replaced(text, r"s3:8333", f"127.0.0.1:{free_port()}")
    text = replaced(text, r"listen 8080", f"listen 127.0.0.1:{port}")
    text = replaced(text, r"listen 8081", f"listen 127.0.0.1:{free_port()}")
    for directive, value in changed.items():
        text = replaced(text, rf"{directive} [^;]*;", f"{directive} {value};")
    file = folder / "nginx.conf"
    file.write_text(AROUND.format(folder=folder, shipped=text))

    def is_up() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    with running([str(programs.nginx()), "-p", str(folder), "-c", str(file)], folder, is_up) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()  # a killed nginx leaves its workers behind
            process.wait(10)
