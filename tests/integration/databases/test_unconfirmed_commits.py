"""The connection to PostgreSQL is lost at the commit of an upload: the client is told what is known, and nothing wrong."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url

from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.postgres import Postgres
from kit.servers.proxies.commit_cutter import CommitCutter, Cut

KEY = {"Idempotency-Key": "one"}


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.fresh_url(upgraded=True).replace("+asyncpg", "")


@pytest.fixture
def cutter(url: str) -> Iterator[CommitCutter]:
    parts = make_url(url)
    cutter = CommitCutter(parts.host or "127.0.0.1", parts.port or 5432, b"INSERT INTO images")
    yield cutter
    cutter.close()


@pytest.fixture
def server(tmp_path: Path, url: str, cutter: CommitCutter) -> Iterator[Server]:
    """It makes no variants: only uploads commit."""
    through = make_url(url).set(host="127.0.0.1", port=cutter.port).render_as_string(hide_password=False)
    with running(tmp_path, CALOTYPE_DATABASE__URL=through, CALOTYPE_JOBS__IN_SERVER="false") as server:
        yield server


def upload(client: httpx.Client) -> httpx.Response:
    return client.post("/image/", files={"image": ("a.png", sample_image())}, headers=KEY)


def test_an_image_that_was_stored_is_found_on_another_connection(server: Server, cutter: CommitCutter) -> None:
    with server.client(server.token()) as client:
        cutter.cut = Cut.AFTER
        answer = upload(client)
        assert answer.status_code == 201, answer.text
        assert cutter.cut is Cut.NEVER
        assert client.get("/image/").json()["count"] == 1
        assert client.get(answer.json()["original"]).status_code == 200


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
def test_what_is_not_known_is_said_and_can_be_repeated(server: Server, cutter: CommitCutter, cut: Cut) -> None:
    with server.client(server.token()) as client:
        cutter.cut, cutter.is_down_afterwards = cut, True
        answer = upload(client)
        assert (answer.status_code, answer.headers["Calotype-Error"]) == (503, "outcome-unknown")
        assert "Idempotency-Key" in answer.json()["detail"]
        cutter.come_back()
        assert upload(client).status_code == 201
        assert client.get("/image/").json()["count"] == 1
