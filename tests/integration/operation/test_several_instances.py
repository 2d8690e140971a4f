"""Three servers and two workers on one PostgreSQL and one S3 store, behind nginx, while some of them are killed."""

import hashlib
import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import CALOTYPE, Server
from kit.servers.object_stores import ObjectStores, as_settings
from kit.servers.postgres import Postgres
from kit.servers.proxies.nginx import nginx

SECRET = "one secret that all instances share of course"
WITHIN = 2.0  # seconds until a change through one instance is seen by all


@dataclass
class Fleet:
    """Servers that share only the database, the store and the secret; each has a folder of its own."""

    servers: list[Server]
    settings: dict[str, str]
    folder: Path
    url: str = ""
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def start_worker(self) -> None:
        folder = self.folder / f"worker{len(self.workers)}"
        folder.mkdir(exist_ok=True)
        with (folder / "log").open("ab") as log:
            environment = Server(folder, self.settings).environment
            process = subprocess.Popen([*CALOTYPE, "worker"], cwd=folder, env=environment, stdout=log, stderr=log)
        self.workers.append(process)

    def client(self, token: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Token {token}"}, timeout=60)

    def stop(self) -> None:
        for process in self.workers:
            process.kill()
            process.wait()
        for server in self.servers:
            if server.process is not None:
                server.process.kill()
                server.process.wait()


@pytest.fixture(params=["embedded", "procrastinate"])
def fleet(
    request: pytest.FixtureRequest, tmp_path: Path, object_stores: ObjectStores, postgres: Postgres
) -> Iterator[Fleet]:
    settings = {
        **as_settings(object_stores.usual.make_bucket()),
        "CALOTYPE_DATABASE__URL": postgres.fresh_url(),
        "CALOTYPE_AUTH__SECRETS": SECRET,
        "CALOTYPE_JOBS__ENGINE": request.param,
        "CALOTYPE_JOBS__IN_SERVER": "false",
    }
    servers = []
    for number in range(3):
        (tmp_path / f"instance{number}").mkdir()
        servers.append(Server(tmp_path / f"instance{number}", settings))
    fleet = Fleet(servers, settings, tmp_path)
    with ExitStack() as stack:
        stack.callback(fleet.stop)
        starting = [threading.Thread(target=server.start) for server in servers]
        for thread in starting:
            thread.start()
        for thread in starting:
            thread.join()
        for _ in range(2):
            fleet.start_worker()
        fleet.url = stack.enter_context(nginx(tmp_path / "nginx", [server.port for server in servers]))
        yield fleet


def test_a_change_through_one_instance_is_seen_by_all(fleet: Fleet) -> None:
    first, *others = fleet.servers
    token = first.token()
    with first.client(token) as client:
        image = client.post("/image/", files={"image": ("a.png", sample_image())}).json()
        for server in others:
            with server.client(token) as other:
                assert other.get(f"/image/{image['id']}/").json()["sha256"] == image["sha256"]
        replaced = client.patch(f"/image/{image['id']}/", files={"image": ("a.png", sample_image(seed=9))}).json()
        for server in others:
            wait_for(server, token, image, lambda answer: answer.headers.get("etag") == f'"{replaced["sha256"]}"')
        assert client.delete(f"/image/{image['id']}/").status_code == 204
        for server in others:
            wait_for(server, token, image, lambda answer: answer.status_code == 404)
    keys = first.run("keys", "list", "admin", "--json")
    others[0].run("keys", "revoke", str(json.loads(keys.stdout)[0]["id"]))
    for server in fleet.servers:
        wait_for(server, token, image, lambda answer: answer.status_code == 401)


def wait_for(server: Server, token: str, image: dict[str, Any], is_so: Any) -> None:
    until = time.monotonic() + WITHIN
    with server.client(token) as client:
        while not is_so(client.get(f"/image/{image['name']}/")):
            assert time.monotonic() < until, "an instance does not see a change through another"
            time.sleep(0.05)


@dataclass
class Load:
    """Clients of the fleet, with the answers they received and the times of failures."""

    fleet: Fleet
    token: str
    acknowledged: dict[str, str] = field(default_factory=dict)
    failures: list[tuple[float, str]] = field(default_factory=list)
    requests: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def upload(self, number: int) -> None:
        seed = number * 10_000
        with self.fleet.client(self.token) as client:
            while not self.stop.is_set():
                seed += 1
                files = {"image": (f"{seed}.png", sample_image(width=90, height=60, seed=seed))}
                answer = self._asked(client, "POST", "/image/", 201, files=files)
                if answer is not None:
                    self.acknowledged[answer.json()["name"]] = answer.json()["sha256"]

    def read(self) -> None:
        with self.fleet.client(self.token) as client:
            while not self.stop.is_set():
                for path in ("/image/?limit=5", *(f"/image/{name}/" for name in list(self.acknowledged)[-3:])):
                    self._asked(client, "GET", path, 200)

    def _asked(
        self, client: httpx.Client, method: str, path: str, expected: int, **options: Any
    ) -> httpx.Response | None:
        self.requests += 1
        try:
            answer = client.request(method, path, **options)
        except httpx.TransportError as error:  # the instance died while it was answering
            self.failures.append((time.monotonic(), f"{method} {path}: {error!r}"))
            return None
        if answer.status_code != expected:
            self.failures.append((time.monotonic(), f"{method} {path}: {answer.status_code} {answer.text}"))
            return None
        return answer


def test_two_of_three_instances_are_killed_and_restarted_under_load(fleet: Fleet) -> None:
    load = Load(fleet, fleet.servers[0].token())
    clients = [threading.Thread(target=load.upload, args=(number,)) for number in range(3)]
    clients += [threading.Thread(target=load.read) for _ in range(2)]
    for thread in clients:
        thread.start()
    kills: list[float] = []
    try:
        for victim in fleet.servers[:2]:
            time.sleep(2)
            kills.append(time.monotonic())
            assert victim.process is not None
            victim.process.send_signal(signal.SIGKILL)
            victim.process.wait()
            time.sleep(1)
            victim.start()
        fleet.workers[0].kill()
        time.sleep(2)
    finally:
        load.stop.set()
        for thread in clients:
            thread.join(60)
    others = [what for at, what in load.failures if not any(0 <= at - kill < 1.5 for kill in kills)]
    assert others == [], "only what was in flight on the killed instance may fail"
    assert len(load.failures) <= len(clients) * len(kills), "and at most one request of each client"
    assert len(load.acknowledged) > 20
    with fleet.client(load.token) as client:
        for name, digest in load.acknowledged.items():
            answer = client.get(f"/image/{name}/")
            assert (answer.status_code, hashlib.sha256(answer.content).hexdigest()) == (200, digest)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            tally = fleet.servers[0].call("jobs", "stats", "--json").stdout
            if b'"pending": 0' in tally:
                break
            time.sleep(0.5)
        assert b'"pending": 0' in tally
        assert b'"failed": 0' in tally
    for server in fleet.servers:
        blobs = [
            path for path in server.folder.rglob("*") if path.is_file() and path.name not in ("server.log", ".lock")
        ]
        assert blobs == [], "nothing is kept on local disk"
