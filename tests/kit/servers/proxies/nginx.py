"""A real nginx before several servers."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kit.servers import programs
from kit.servers.calotype import free_port
from kit.servers.object_stores import running

CONFIGURATION = """
daemon off;
user root;  # if root runs the tests, other users cannot read its folders
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
    proxy_cache_path {folder}/cache keys_zone=images:1m;
    map $arg_signature$arg_v $kept {{ default images; '' off; }}
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
            # A request that no server received, or that may be repeated, goes to the next server; a begun upload does not.
            proxy_next_upstream error timeout;
            proxy_connect_timeout 2s;
            {proxying}
        }}
        {locations}
    }}
}}
"""

# Caches every response that does not forbid it, errors too.
CACHING = """
proxy_cache images;
proxy_cache_valid any 10m;
add_header X-Cache $upstream_cache_status always;
"""

# As in docs/operations.md: only responses to links, and public images with a version, are cached.
CACHING_SOME = """
proxy_cache $kept;
add_header X-Cache $upstream_cache_status always;
"""


@contextmanager
def nginx(folder: Path, ports: Sequence[int], *, proxying: str = "", locations: str = "") -> Iterator[str]:
    """The URL under which nginx hands requests to servers on these ports.

    ``proxying`` is added to the location of the servers, ``locations`` after it.
    """
    program = str(programs.nginx())
    folder.mkdir()
    port = free_port()
    servers = "\n".join(f"server 127.0.0.1:{each} fail_timeout=1s;" for each in ports)
    file = folder / "nginx.conf"
    file.write_text(
        CONFIGURATION.format(folder=folder, port=port, servers=servers, proxying=proxying, locations=locations)
    )

    def is_up() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    with running([program, "-p", str(folder), "-c", str(file)], folder, is_up) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()  # a killed nginx leaves its workers behind
            process.wait(10)
