"""The configuration of nginx that is shipped: it works as it is, and each of its limits holds."""

import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from kit.servers.calotype import Server
from kit.servers.proxies.shipped_nginx import SHIPPED, shipped_nginx
from kit.servers.requests import store


def statuses(url: str, number: int) -> list[int]:
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(lambda _: httpx.get(url, timeout=60).status_code, range(number)))


def test_it_serves_with_one_of_two_instances_down(server: Server, username: str, tmp_path: Path) -> None:
    with shipped_nginx(tmp_path / "nginx", server) as url:
        headers = {"Authorization": f"Token {server.token(username)}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            image = store(client)
            assert image["original"].startswith(url)
            assert httpx.get(image["original"]).status_code == 200
        assert statuses(f"{url}/health/live/", 40) == [200] * 40
        assert {httpx.get(f"{url}{path}").status_code for path in ("/metrics", "/metrics/", "//metrics")} == {404}


def test_requests_of_one_client_beyond_the_rate_are_refused(server: Server, tmp_path: Path) -> None:
    limited = {"limit_req_zone": "$binary_remote_addr zone=calotype_requests:10m rate=1r/m"}
    few = {**limited, "limit_req": "zone=calotype_requests burst=3 nodelay"}
    with shipped_nginx(tmp_path / "nginx", server, **few) as url:
        answers = statuses(f"{url}/health/live/", 12)
        refused = httpx.get(f"{url}/health/live/", timeout=60)
    assert sorted(answers) == [200] * 4 + [429] * 8
    assert refused.json()["detail"]
    assert (refused.headers["Connection"], refused.headers["Retry-After"]) == ("close", "1")


def test_connections_of_one_client_beyond_the_limit_are_refused(server: Server, username: str, tmp_path: Path) -> None:
    upload = (
        "POST /image/ HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\nContent-Length: 9999\r\n"
        f"Authorization: Token {server.token(username)}\r\n\r\n"
    )
    with shipped_nginx(tmp_path / "nginx", server, limit_conn="calotype_connections 3") as url:
        with ExitStack() as held:
            for _ in range(3):  # nginx counts a connection once it has read the headers of a request
                address = ("127.0.0.1", int(url.rpartition(":")[2]))
                held.enter_context(socket.create_connection(address)).sendall(upload.encode())
            until = time.monotonic() + 15  # they are held for as long as the server waits for more
            answers = set()
            while 429 not in answers and time.monotonic() < until:
                answers.add(httpx.get(f"{url}/health/live/", timeout=60).status_code)
            assert 429 in answers
        assert 200 in {httpx.get(f"{url}/health/live/", timeout=60).status_code for _ in range(50)}


@pytest.mark.parametrize("directive", ["least_conn", "limit_conn_zone", "limit_req_zone", "client_max_body_size"])
def test_the_limits_are_in_the_configuration(directive: str) -> None:
    assert re.search(rf"^\s*{directive}\b", SHIPPED, re.MULTILINE)
