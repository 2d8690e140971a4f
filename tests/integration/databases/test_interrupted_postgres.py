"""PostgreSQL is restarted, and ends connections, under a server with several clients: no answer is a 500, and no acknowledged image is lost."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import running
from kit.servers.postgres import Postgres

CLIENTS = 6
INTERRUPTIONS = 4
BETWEEN = 1.5  # seconds


def restart(postgres: Postgres) -> None:
    postgres.stop()
    postgres.start()


def end_connections(postgres: Postgres) -> None:
    """All of them, some within a statement or a commit."""
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    for _ in range(5):
        asyncio.run(postgres.run(end))
        time.sleep(0.1)


@pytest.mark.parametrize("interrupt", [restart, end_connections])
@pytest.mark.parametrize("engine", ["embedded", "procrastinate"])
def test_clients_are_answered_503_meanwhile(
    tmp_path: Path, postgres: Postgres, interrupt: Callable[[Postgres], None], engine: str
) -> None:
    url = postgres.fresh_url(upgraded=True).replace("+asyncpg", "")
    with (
        running(tmp_path, CALOTYPE_DATABASE__URL=url, CALOTYPE_JOBS__ENGINE=engine) as server,
        server.client(server.token()) as client,
        ThreadPoolExecutor(CLIENTS) as threads,
    ):
        ends_at = time.monotonic() + INTERRUPTIONS * (BETWEEN + 1)
        stored: list[str] = []
        unexpected: list[str] = []

        def work(number: int) -> Counter[int]:
            statuses = Counter[int]()
            seed = 0
            while time.monotonic() < ends_at:
                seed += 1
                file = {"image": (f"{number}-{seed}.png", sample_image(seed=seed * CLIENTS + number))}
                answers = [client.post("/image/", files=file), client.get("/image/?limit=5"), client.get("/account/")]
                for answer in answers:
                    statuses[answer.status_code] += 1
                    if answer.status_code not in (200, 201, 503):
                        unexpected.append(f"{answer.request.method} {answer.status_code} {answer.text[:200]}")
                stored.extend(answer.json()["original"] for answer in answers if answer.status_code == 201)
            return statuses

        working = [threads.submit(work, number) for number in range(CLIENTS)]
        for _ in range(INTERRUPTIONS):
            time.sleep(BETWEEN)
            interrupt(postgres)
        statuses = sum((each.result() for each in working), Counter[int]())
        print(dict(statuses))
        assert unexpected == []
        assert statuses[201] > 0
        until_ready(client)
        assert {client.get(url).status_code for url in stored} == {200}


def until_ready(client: httpx.Client) -> None:
    until = time.monotonic() + 30
    while client.get("/health/ready/").status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.2)
