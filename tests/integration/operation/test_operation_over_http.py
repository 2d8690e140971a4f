"""Health, metrics, documentation and unknown routes, against a real server."""

import json
import re
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from kit.servers.calotype import CALOTYPE, Server, running
from kit.servers.requests import store


def test_health_metrics_and_docs_answer_without_a_token(server: Server) -> None:
    assert httpx.get(f"{server.url}/health/live/").json() == {"status": "ok"}
    assert httpx.get(f"{server.url}/health/ready").json() == {"status": "ok"}
    metrics = httpx.get(f"{server.url}/metrics")
    assert metrics.headers["Content-Type"].count("charset") == 1
    assert 'calotype_variants{state="pending"}' in metrics.text
    docs = httpx.get(f"{server.url}/docs/")
    assert docs.status_code == 200
    assert "Download a public image" in docs.text
    assert "`" not in docs.text
    assert not re.findall(r'(?:href|src)="(?:[a-z]+:|//)', docs.text)  # nothing is loaded from other servers
    schema = httpx.get(f"{server.url}/schema/openapi.json").json()
    assert {"/image", "/image/{reference}", "/image/{reference}/{variant}", "/api/token"} <= set(schema["paths"])
    one = schema["paths"]["/image/{reference}"]
    assert set(one) >= {"get", "head", "patch", "put", "delete"}
    for method in ("get", "patch", "put", "delete"):
        assert {"If-Match", "If-None-Match", "If-Unmodified-Since"} <= {
            each["name"] for each in one[method]["parameters"]
        }, method


def test_the_root_says_where_to_go(server: Server) -> None:
    start = httpx.get(f"{server.url}/")
    assert start.status_code == 200
    assert start.json() == {
        "service": "Calotype", "documentation": f"{server.url}/docs/", "images": f"{server.url}/image/",
    }  # fmt: skip
    assert httpx.get(start.json()["documentation"]).status_code == 200


def test_every_get_route_answers_head(client: httpx.Client) -> None:
    id = store(client)["id"]
    for path in ("/image/", f"/image/{id}/", "/image/sample.png/", "/health/live/", "/health/ready/"):
        head = client.head(path)
        assert (head.status_code, head.content) == (200, b""), path
        assert int(head.headers["Content-Length"]) == len(client.get(path).content)


def test_unknown_routes_are_404_and_unknown_methods_405(server: Server) -> None:
    assert httpx.get(f"{server.url}/nope/").json() == {"detail": "Not found."}
    answer = httpx.put(f"{server.url}/image/")
    assert (answer.status_code, answer.json()) == (405, {"detail": 'Method "PUT" not allowed.'})
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/image/", "/image/1/", "/image/a.png", "/image/a.png/small/", "/health/live/"])
def test_options_lists_the_allowed_methods(server: Server, path: str) -> None:
    offered = httpx.options(f"{server.url}{path}")
    refused = httpx.request("BREW", f"{server.url}{path}")
    assert (offered.status_code, refused.status_code) == (204, 405)
    found, expected = (set(answer.headers["Allow"].split(", ")) for answer in (offered, refused))
    assert found == expected
    assert found >= {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_where_it_serves_is_said_once_it_can_be_reached_there(tmp_path: Path, host: str) -> None:
    server = Server(tmp_path, {"CALOTYPE_HTTP__HOST": host})
    server.token()  # or it would also say that it made an installation
    with subprocess.Popen(
        [*CALOTYPE, "serve"], cwd=tmp_path, env=server.environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            assert process.stderr.readline().startswith(f"Calotype serves on http://{host}:{server.port}; its data is")
            socket.create_connection((host, server.port)).close()
        finally:
            process.terminate()
        assert process.stderr.readline() == "Get a token: calotype get-access-key\n"


def test_requests_are_logged_without_their_queries_where_the_settings_want_it(tmp_path: Path) -> None:
    for wanted in ("true", "false"):
        folder = tmp_path / wanted
        folder.mkdir()
        with running(folder, CALOTYPE_LOGGING__ACCESS=wanted) as server, server.client() as client:
            client.get("/image/nothing.png/?signature=canary&key=k&expires=1")
        logged = re.search(r'127.0.0.1 "GET /image/nothing.png/? HTTP/1.1" 403 ', server.log)
        assert (logged is not None) == (wanted == "true")
        assert "canary" not in server.log


def test_requests_are_logged_as_json_where_the_rest_is(tmp_path: Path) -> None:
    wanted = {"CALOTYPE_LOGGING__ACCESS": "true", "CALOTYPE_LOGGING__FORMAT": "json"}
    with running(tmp_path, **wanted) as server, server.client() as client:
        client.get("/image/nothing.png/?signature=canary&key=k&expires=1")
    lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    found = next(line for line in lines if line.get("path", "").startswith("/image/nothing.png"))
    assert found["message"] == f"GET {found['path']} 403"
    assert (found["method"], found["status"], found["address"]) == ("GET", 403, "127.0.0.1")
    assert found["milliseconds"] > 0
    assert not any(line.startswith("[") for line in server.log.splitlines())
    assert "canary" not in server.log
