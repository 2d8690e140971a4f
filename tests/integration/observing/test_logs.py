"""Ids of requests, and what the log says."""

import json
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import Server, proc_file, running, state_and_parent
from kit.servers.requests import SAMPLE, store

ID = re.compile(r"[0-9a-f]{10}-[0-9a-f]+")
IN_JSON = {"CALOTYPE_LOGGING__FORMAT": "json", "CALOTYPE_LOGGING__ACCESS": "true"}


def id_of(answer: httpx.Response) -> str:
    [found] = answer.headers.get_list("X-Request-ID")
    return str(found)


def lines(server: Server) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.splitlines()]


def test_every_response_has_an_id_of_its_own(server: Server, client: httpx.Client) -> None:
    path = f"/image/{store(client)['id']}/"
    asked = [("GET", path), ("GET", path), ("GET", "/image/sample.png/"), ("HEAD", "/image/"), ("GET", "/nothing"), ("BREW", "/"),
             ("GET", "/"), ("GET", "/docs/"), ("POST", "/image/"), ("GET", "/health/live/"), ("OPTIONS", "/image/")]  # fmt: skip
    found = [id_of(client.request(*each)) for each in asked]
    found.append(id_of(httpx.get(f"{server.url}/image/", headers={"Host": ""})))
    assert all(ID.fullmatch(each) for each in found)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("stated", ["a", "9f86d081884c7d659a2feaa0c55ad015", "Root=1-67891233-abcdef/+._", "x" * 64])
def test_the_id_that_a_request_brings_is_kept(client: httpx.Client, stated: str) -> None:
    assert id_of(client.get("/image/", headers={"X-Request-ID": stated})) == stated


@pytest.mark.parametrize("stated", ["", "x" * 65, "a b", 'a"', "a,b", "ä".encode().decode("latin-1"), "%0a", "<b>"])
def test_an_id_that_may_do_harm_is_replaced(client: httpx.Client, stated: str) -> None:
    assert ID.fullmatch(id_of(client.get("/image/", headers=[(b"X-Request-ID", stated.encode("latin-1"))])))


def test_requests_that_are_answered_at_once_keep_their_ids_apart(tmp_path: Path) -> None:
    with running(tmp_path, **IN_JSON) as server, server.client(server.token()) as client:
        paths = [f"/image/{number}/" for number in range(1, 60)]
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(client.get, paths))
        assert {each.status_code for each in answers} == {404}
    logged = {each["request"]: each["path"] for each in lines(server) if each["logger"] == "calotype.requests"}
    for path, answer in zip(paths, answers, strict=True):
        assert logged[id_of(answer)] == path


def test_what_is_logged_of_a_request_bears_its_id(tmp_path: Path) -> None:
    with running(tmp_path, **IN_JSON) as server, server.client(server.token()) as client:
        (server.folder / "calotype-data" / "blobs").rename(server.folder / "away")
        failed = client.post("/image/", files={"image": ("a.png", SAMPLE)})
        assert failed.status_code == 503
        (server.folder / "away").rename(server.folder / "calotype-data" / "blobs")
    found = [each for each in lines(server) if each.get("request") == id_of(failed)]
    assert {each["logger"] for each in found} == {"calotype.http", "calotype.requests"}
    assert not any("request" in each for each in lines(server) if each["logger"] == "calotype")


def test_the_end_of_an_image_worker_is_logged_with_the_request_whose_image_it_had(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_JOBS__IN_SERVER="false") as server, server.client(server.token()) as client:
        store(client)
        large = {"image": ("a.png", sample_image(seed=2, width=3000, height=2000))}
        with ThreadPoolExecutor(1) as threads:
            upload = threads.submit(client.post, "/image/", files=large)
            while not any(state_and_parent(pid)[0] == "R" for pid in image_workers(server)):
                assert not upload.done()
                time.sleep(0.05)
            for worker in image_workers(server):
                os.kill(worker, signal.SIGKILL)
            answer = upload.result()
        assert answer.status_code == 201
    assert f"an image worker was killed, and its image is given to another [request {id_of(answer)}]" in server.log


def image_workers(server: Server) -> list[int]:
    """The children of the fork server."""
    forkers = {pid for pid in server.processes() if "fork_server" in proc_file(pid, "cmdline")}
    return [pid for pid in forkers if state_and_parent(pid)[1] in forkers]


def test_every_line_is_json_from_the_start_to_the_end(tmp_path: Path) -> None:
    with running(tmp_path, **IN_JSON) as server, server.client(server.token()) as client:
        store(client)
        client.get("/image/1/?wait=1")
        time.sleep(0.2)  # the start is announced by a thread
    found = lines(server)
    assert all({"at", "level", "logger", "message"} <= set(each) for each in found)
    [start] = [each for each in found if each["message"].startswith("Calotype serves on")]
    assert start["address"] == server.url
    assert start["data"].endswith("calotype-data")


def test_a_worker_that_runs_alone_says_so_in_json_too(tmp_path: Path) -> None:
    server = Server(tmp_path, IN_JSON)
    server.token()
    worker = server.start_worker()
    log = tmp_path / "worker.log"
    try:
        until = time.monotonic() + 30
        while "Calotype does background jobs" not in log.read_text():
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
    finally:
        worker.terminate()
        worker.wait(30)
    assert all(json.loads(line)["logger"] for line in log.read_text().splitlines())


def test_lines_of_requests_name_the_client_behind_a_proxy_and_cannot_be_forged(tmp_path: Path) -> None:
    settings = {"CALOTYPE_LOGGING__ACCESS": "true", "CALOTYPE_HTTP__TRUSTED_PROXIES": "127.0.0.1"}
    with running(tmp_path, **settings) as server, server.client() as client:
        client.get(
            '/image/a%0A1.2.3.4%20"GET/?ticket=canary', headers={"X-Forwarded-For": "192.0.2.7", "X-Request-ID": "mine"}
        )
    [line] = [each for each in server.log.splitlines() if "192.0.2.7" in each]
    assert re.search(r'\] 192\.0\.2\.7 "GET /image/a%0A1\.2\.3\.4%20%22GET/ HTTP/1\.1" 401 \d+\.\d{3} mine$', line)
    assert "canary" not in server.log
