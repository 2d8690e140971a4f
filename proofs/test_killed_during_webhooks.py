"""Server and worker are killed at many moments: each acknowledged image is told to its webhook at least once."""

import json
import os
import random
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest
import standardwebhooks

from kit.images.samples import sample_image
from kit.remote.other_server import answer, other_server
from kit.servers.calotype import Server
from kit.servers.postgres import Postgres

KILLS = 12
CAUGHT_UP = 90  # seconds


@pytest.mark.timeout(900)
@pytest.mark.parametrize("engine", ["embedded", "procrastinate"])
def test_a_killed_service_loses_no_event(engine: str, tmp_path: Path, postgres: Postgres) -> None:
    settings = {"CALOTYPE_JOBS__ENGINE": engine, "CALOTYPE_REMOTE__ALLOWED_NETWORKS": "127.0.0.0/8"}
    if engine == "procrastinate":
        settings["CALOTYPE_DATABASE__URL"] = postgres.fresh_url()
    with other_server() as receiver:
        receiver.answers["/hook"] = answer(204)
        server = Server(tmp_path, settings)
        token = server.token()
        secret = server.call("webhooks", "add", "admin", receiver.url("/hook")).stdout.decode().strip()
        server.start()
        worker = server.start_worker()
        stop, stored = threading.Event(), list[int]()

        def upload() -> None:
            seed = 0
            while not stop.is_set():
                seed += 1
                data = sample_image(width=400, height=400, seed=seed)
                try:
                    with server.client(token, timeout=10) as client:
                        stored.append(client.post("/image/", files={"image": (f"{seed}.png", data)}).json()["id"])
                except (httpx.TransportError, ValueError, KeyError):  # the server was killed
                    time.sleep(0.05)

        uploading = threading.Thread(target=upload)
        uploading.start()
        for number in range(KILLS):
            time.sleep(random.uniform(0.3, 2))
            if number % 2:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
                worker = server.start_worker()
            else:
                server.stop(signal.SIGKILL)
                server.start()
        time.sleep(2)
        stop.set()
        uploading.join()
        verifier = standardwebhooks.Webhook(secret)

        def told(type: str) -> list[int]:
            events = [json.loads(each.body) for each in list(receiver.received)]
            return [event["data"]["id"] for event in events if event["type"] == type]

        end = time.monotonic() + CAUGHT_UP
        while set(stored) - set(told("image.stored")) and time.monotonic() < end:
            time.sleep(0.2)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        server.stop()
        for each in receiver.received:
            verifier.verify(each.body, each.headers)
        times = len(told("image.stored"))
        print(
            f"\n{engine}: {len(stored)} images, {KILLS} kills, {times} events of {len(set(told('image.stored')))} images"
        )
        assert set(stored) <= set(told("image.stored"))
        assert len(stored) >= KILLS
        ids = {
            json.loads(each.body)["data"]["id"]: each.headers["webhook-id"]
            for each in receiver.received
            if b"image.stored" in each.body
        }
        assert len(set(ids.values())) == len(ids), "a message that comes again has the id that it had"
