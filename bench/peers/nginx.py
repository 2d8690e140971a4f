"""nginx, which serves static files and accepts uploads by WebDAV's PUT."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.peers.peers import Launch, Peer, free_port, program, served

WORKERS = 2
CONFIGURATION = """\
{user}
worker_processes {workers};
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    default_type application/octet-stream;
    client_max_body_size 0;
    client_body_temp_path {folder}/arriving;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/files;
        location /put/ {{ dav_methods PUT; create_full_put_path on; }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, files: Mapping[str, bytes] | None = None) -> Iterator[Peer]:
    """nginx with ``files`` at ``/NAME``. Files put under ``/put/`` are renamed within one file system."""
    (folder / "files").mkdir(parents=True)
    for name, data in {"alive": b"", **(files or {})}.items():
        (folder / "files" / name).write_bytes(data)
    port = free_port()
    user = "user root;" if os.getuid() == 0 else ""  # otherwise its workers may not read the folder
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(user=user, workers=WORKERS, folder=folder, port=port))
    command = [program("nginx", "nginx-light"), "-p", str(folder), "-c", str(configuration), "-e", "stderr"]
    with served(Launch("nginx", command, folder, port, "/alive")) as peer:
        yield peer
