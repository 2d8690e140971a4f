"""Server and worker are killed at many moments: each acknowledged image is told to its webhook at least once."""

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import standardwebhooks

from kit.images.samples import sample_image
from kit.remote.other_server import OtherServer, answer, other_server
from kit.servers.calotype import Server
from kit.servers.postgres import Postgres

KILLS = 12
PATIENCE = 90  # seconds


@pytest.mark.timeout(900)
@pytest.mark.parametrize("engine", ["embedded", "procrastinate"])
def test_a_killed_service_loses_no_event(engine: str, tmp_path: Path, postgres: Postgres) -> None:
    settings = {
        "CALOTYPE_JOBS__ENGINE": engine,
        "CALOTYPE_IMAGES__COMPRESSION": "off",
        "CALOTYPE_REMOTE__ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    if engine == "procrastinate":
        settings["CALOTYPE_DATABASE__URL"] = postgres.fresh_url()
    with other_server() as receiver:
        receiver.answers["/hook"] = answer(204)
        server = Server(tmp_path, settings)
        uploads = Uploads(server, server.token())
        secret = server.call("webhooks", "add", "admin", receiver.url("/hook")).stdout.decode().strip()
        server.start()
        worker = server.start_worker()
        uploads.start()
        for number in range(KILLS):
            uploads.wait_for_one()
            time.sleep(random.uniform(0, 1))
            if number % 2:
                kill(worker)
                worker = server.start_worker()
            else:
                server.stop(signal.SIGKILL)
                server.start()
        uploads.stop()
        stored = set(uploads.stored)
        wait_until(lambda: stored <= set(told(receiver)))
        kill(worker)
        server.stop()
    print(f"\n{engine}: {len(stored)} images, {KILLS} kills, {len(told(receiver))} events")
    verifier = standardwebhooks.Webhook(secret)
    for each in receiver.received:
        verifier.verify(each.body, each.headers)
    messages = {(each.headers["webhook-id"], each.body) for each in receiver.received}
    assert len(messages) == len({id for id, _ in messages}), "what comes again has the id that it had"


@dataclass
class Uploads:
    """Images that are uploaded one after the other, by a thread; ``stored`` are the ids of those that were acknowledged."""

    server: Server
    token: str
    stored: list[int] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        self.thread = threading.Thread(target=self._upload)
        self.thread.start()

    def stop(self) -> None:
        self.ending.set()
        self.thread.join()

    def wait_for_one(self) -> None:
        known = len(self.stored)
        wait_until(lambda: len(self.stored) > known)

    def _upload(self) -> None:
        seed = 0
        while not self.ending.is_set():
            seed += 1
            data = sample_image(width=400, height=400, seed=seed)
            try:
                with self.server.client(self.token, timeout=10) as client:
                    answered = client.post("/image/", files={"image": (f"{seed}.png", data)})
            except httpx.TransportError:  # the server was killed
                time.sleep(0.05)
            else:
                if answered.status_code == 201:
                    self.stored.append(answered.json()["id"])


def told(receiver: OtherServer) -> list[int]:
    """The ids of the images of which ``receiver`` was told that they were stored."""
    events = [json.loads(each.body) for each in list(receiver.received)]
    return [event["data"]["id"] for event in events if event["type"] == "image.stored"]


def kill(worker: "subprocess.Popen[bytes]") -> None:
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
