"""Workers are killed twenty times under load: every variant is made, once, and soon after the last kill."""

import json
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.postgres import Postgres

KILLS = 20


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("engine", "within"), [("embedded", 10.0), ("procrastinate", 30.0)])
def test_workers_killed_under_load_lose_no_variant(
    engine: str, within: float, tmp_path: Path, postgres: Postgres
) -> None:
    settings = {"CALOTYPE_JOBS__ENGINE": engine, "CALOTYPE_JOBS__IN_SERVER": "false"}
    if engine == "procrastinate":
        settings["CALOTYPE_DATABASE__URL"] = postgres.fresh_url()
    with running(tmp_path, **settings) as server:
        token, stop, stored = server.token(), threading.Event(), []

        def upload() -> None:
            with server.client(token) as client:
                seed = 0
                while not stop.is_set():
                    seed += 1
                    data = sample_image(width=300, height=200, seed=seed)
                    answer = client.post("/image/", files={"image": (f"{seed}.png", data)})
                    assert answer.status_code == 201
                    stored.append(answer.json()["id"])
                    time.sleep(0.15)

        uploading = threading.Thread(target=upload)
        uploading.start()
        workers = [server.start_worker() for _ in range(2)]
        time.sleep(4)
        for _ in range(KILLS):
            time.sleep(random.uniform(0.5, 2.5))
            victim = workers.pop(0)
            os.killpg(victim.pid, signal.SIGKILL)
            victim.wait()
            workers.append(server.start_worker())
        stop.set()
        uploading.join()
        last_kill = time.monotonic()
        while (pending := server_stats(server)["pending"]) and time.monotonic() - last_kill < 60:
            time.sleep(0.2)
        caught_up = time.monotonic() - last_kill
        stats = server_stats(server)
        for worker in workers:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        print(f"\n{engine}: {len(stored)} images, {KILLS} kills, {stats}, caught up after {caught_up:.1f} s")
        assert pending == 0
        assert stats == {"pending": 0, "ready": 2 * len(stored), "failed": 0}
        assert caught_up <= within
        with server.client(token) as client:
            for id in stored:
                image = client.get(f"/image/{id}/").json()
                assert image["small"]
                assert image["medium"]


def server_stats(server: Server) -> dict[str, int]:

    found: dict[str, int] = json.loads(server.call("jobs", "stats", "--json").stdout)
    return found
