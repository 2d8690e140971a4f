"""A real nginx before several servers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kit.servers.calotype import free_port
from kit.servers.proxies.nginx_process import nginx_process

CONFIGURATION = """
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
    port = free_port()
    servers = "\n".join(f"server 127.0.0.1:{each} fail_timeout=1s;" for each in ports)
    configuration = CONFIGURATION.format(
        folder=folder, port=port, servers=servers, proxying=proxying, locations=locations
    )
    with nginx_process(folder, port, configuration) as url:
        yield url
