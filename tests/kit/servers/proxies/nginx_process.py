"""A real nginx whose files all lie in one folder."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.servers import programs
from kit.servers.object_stores import running

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
    {configuration}
}}
"""


@contextmanager
def nginx_process(folder: Path, port: int, configuration: str) -> Iterator[str]:
    """The URL of an nginx with this ``configuration``, which has it listen on ``port``. ``folder`` is made."""
    program = str(programs.nginx())
    folder.mkdir()
    file = folder / "nginx.conf"
    file.write_text(AROUND.format(folder=folder, configuration=configuration))

    def is_up() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    with running([program, "-p", str(folder), "-c", str(file)], folder, is_up) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()  # a killed nginx leaves its workers behind
            process.wait(10)
