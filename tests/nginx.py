"""A real nginx before several servers."""

import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from object_stores import running
from serving import free_port

CONFIGURATION = """
daemon off;
error_log {folder}/error.log;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 52m;
    upstream calotype {{
        {servers}
        keepalive 16;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://calotype;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            # What reached nobody, and what may be done twice, goes to the next one; an upload that was begun does not.
            proxy_next_upstream error timeout;
            proxy_connect_timeout 2s;
        }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, ports: Sequence[int]) -> Iterator[str]:
    """The URL under which nginx hands requests to servers on these ports."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    assert Path(program).exists(), "there is no nginx: apt-get install nginx-light"
    folder.mkdir()
    port = free_port()
    servers = "\n".join(f"server 127.0.0.1:{each} fail_timeout=1s;" for each in ports)
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, port=port, servers=servers))

    def is_up() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    with running([program, "-p", str(folder), "-c", str(file)], folder, is_up):
        yield f"http://127.0.0.1:{port}"
