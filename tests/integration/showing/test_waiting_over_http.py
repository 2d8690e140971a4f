"""Requests that wait until the variants of an image are made."""

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from entrypoints.http.serving.waiting import MOST_WAITING
from kit.servers.calotype import Server, running
from kit.servers.postgres import Postgres
from kit.servers.requests import SAMPLE, store

NO_JOBS = {"CALOTYPE_JOBS__IN_SERVER": "false"}


def test_the_image_is_shown_when_its_variants_are_made(client: httpx.Client) -> None:
    image = store(client)
    for method in ("GET", "HEAD"):
        assert client.request(method, f"/image/{image['id']}/?wait=60").status_code == 200
    shown = client.get(f"/image/{image['id']}/").json()
    assert {each["state"] for each in shown["variants"].values()} == {"ready"}
    began = time.monotonic()
    assert client.get(f"/image/{image['id']}/?wait=60").json() == shown
    assert time.monotonic() - began < 5, "nothing is pending"


@pytest.mark.parametrize("wait", ["", "-1", "61", "1.5", "soon", "\u0661"])
def test_a_time_that_cannot_be_used_is_refused(client: httpx.Client, wait: str) -> None:
    image = store(client)
    answer = client.get(f"/image/{image['id']}/", params={"wait": wait})
    assert (answer.status_code, answer.headers["Calotype-Error"]) == (400, "invalid-parameter")
    assert answer.json() == {"wait": ["Give a whole number of seconds, at most 60."]}


def test_the_bytes_of_an_image_are_not_waited_for(tmp_path: Path) -> None:
    with running(tmp_path, **NO_JOBS) as server, server.client(server.token()) as client:
        image = store(client)
        began = time.monotonic()
        assert client.get("/image/sample.png/?wait=60").content
        assert client.get("/image/sample.png/small/?wait=60").headers["Calotype-Error"] == "variant-pending"
        assert client.get(f"{image['original']}&wait=60").status_code == 200
        assert time.monotonic() - began < 5


def test_a_wait_ends_with_its_key(tmp_path: Path) -> None:
    with running(tmp_path, **NO_JOBS) as server, ThreadPoolExecutor(1) as pool:
        with server.client(server.token()) as client:
            image = store(client)
            waiting = pool.submit(client.get, f"/image/{image['id']}/?wait=60")
            time.sleep(2)
            server.call("keys", "revoke", "1")
            assert waiting.result(timeout=20).headers["Calotype-Error"] == "invalid-token"


@asynccontextmanager
async def asynchronous(server: Server, token: str) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=None)
    headers = {"Authorization": f"Token {token}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=90, limits=limits) as client:
        yield client


def test_waiting_requests_are_bounded_hold_nothing_and_end_with_their_clients(
    tmp_path: Path, postgres: Postgres
) -> None:
    connections = {"CALOTYPE_DATABASE__URL": postgres.fresh_url(), "CALOTYPE_DATABASE__CONNECTIONS": "2"}
    with running(tmp_path, **NO_JOBS, **connections) as server:
        asyncio.run(fill_with_waiting_requests(server, server.token()))


async def fill_with_waiting_requests(server: Server, token: str) -> None:
    async with asynchronous(server, token) as client:
        stored = await client.post("/image/", files={"image": ("sample.png", SAMPLE)})
        path = f"/image/{stored.json()['id']}/"

        async def seconds(wait: int) -> float:
            began = time.monotonic()
            answer = await client.get(path, params={"wait": wait})
            assert answer.json()["variants"]["small"]["state"] == "pending"
            return time.monotonic() - began

        assert 1 <= await seconds(1) < 10
        waiting = [asyncio.create_task(client.get(path, params={"wait": 60})) for _ in range(MOST_WAITING)]
        await asyncio.sleep(3)
        assert not any(each.done() for each in waiting)
        assert await seconds(60) < 10, "one more than may wait"
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.sleep(1)
        assert await seconds(3) >= 3, "the others have left"


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_server_that_stops_answers_requests_that_wait_with_what_there_is(tmp_path: Path, processes: str) -> None:
    with running(tmp_path, **NO_JOBS, CALOTYPE_HTTP__WORKERS=processes) as server, ThreadPoolExecutor(4) as pool:
        with server.client(server.token()) as client:
            image = store(client)
            waiting = [pool.submit(client.get, f"/image/{image['id']}/?wait=60") for _ in range(4)]
            time.sleep(2)
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 5, "after eight seconds a server process is killed"
            assert [each.result().json()["variants"]["small"]["state"] for each in waiting] == ["pending"] * 4
        assert "Killing" not in server.log
