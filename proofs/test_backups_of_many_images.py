"""A backup of 10,000 images while clients read and upload, an incremental one after 100 changes, and the restored installation.

It prints how long requests took without a backup and during it, and how long the backups took.
"""

import json
import random
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx
import pytest

from kit.fixtures.moving import ClientLoad
from kit.images.samples import sample_image
from kit.servers.calotype import CALOTYPE, Server, running

IMAGES = 10_000
CHANGES = 100
QUIET = 40.0  # seconds
SLOWEST_VARIANTS = 1800.0  # seconds
READ_EVERY, UPLOAD_EVERY = 0.02, 0.1  # seconds


@dataclass
class PacedClients:
    """Two clients that read and one that uploads, at the same pace whatever else happens, with the time of each request."""

    server: Server
    token: str
    names: list[str]
    times: dict[str, list[float]] = field(default_factory=lambda: {"read": [], "upload": []})
    failures: list[str] = field(default_factory=list)

    def during(self, work: Callable[[], None]) -> "PacedClients":
        stop = threading.Event()
        threads = [threading.Thread(target=self._read, args=(stop,)) for _ in range(2)]
        threads.append(threading.Thread(target=self._upload, args=(stop,)))
        for thread in threads:
            thread.start()
        work()
        stop.set()
        for thread in threads:
            thread.join()
        assert not self.failures, self.failures[:3]
        return self

    def told(self) -> str:
        parts = []
        for what, times in self.times.items():
            cuts = quantiles(times, n=100)
            parts.append(
                f"{what}s {len(times)}: median {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms,"
                f" slowest {max(times) * 1000:.1f} ms"
            )
        return "; ".join(parts)

    def _read(self, stop: threading.Event) -> None:
        def once(client: httpx.Client) -> httpx.Response:
            return client.get(f"/image/{random.choice(self.names)}/")

        self._repeat(stop, "read", once, READ_EVERY)

    def _upload(self, stop: threading.Event) -> None:
        def once(client: httpx.Client) -> httpx.Response:
            seed = random.getrandbits(60)
            return client.post(
                "/image/", files={"image": (f"l{seed}.png", sample_image(width=48, height=36, seed=seed))}
            )

        self._repeat(stop, "upload", once, UPLOAD_EVERY)

    def _repeat(
        self, stop: threading.Event, what: str, once: Callable[[httpx.Client], httpx.Response], every: float
    ) -> None:
        with self.server.client(self.token) as client:
            while not stop.wait(every):
                began = time.perf_counter()
                answer = once(client)
                self.times[what].append(time.perf_counter() - began)
                if not answer.is_success:
                    self.failures.append(f"{what}: {answer.status_code} {answer.text[:200]}")


def back_up(server: Server, place: Path) -> tuple[float, dict[str, object]]:
    """The seconds that it took, and what the command printed."""
    began = time.perf_counter()
    ended = subprocess.run(
        [*CALOTYPE, "backup", str(place), "--json"],
        cwd=server.folder,
        env=server.environment,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    return time.perf_counter() - began, json.loads(ended.stdout)


def change(server: Server, load: ClientLoad) -> None:
    """Upload, replace and delete some."""
    names = random.sample(list(load.kept), CHANGES // 2)
    with server.client(load.token) as client:
        for number, name in enumerate(names):
            if number % 2:
                assert client.delete(f"/image/{name}/").status_code == 204
                del load.kept[name]
            else:
                file = sample_image(width=48, height=36, seed=10**7 + number)
                answer = client.put(f"/image/{name}/", files={"image": (name, file)})
                assert answer.is_success, answer.text
                load.kept[name] = answer.json()["sha256"]
    load.fill(CHANGES - len(names))


def wait_for_variants(server: Server) -> None:
    """Return when none is pending: those that are made later would be copied later, too."""
    until = time.monotonic() + SLOWEST_VARIANTS
    while json.loads(server.run("jobs", "stats", "--json").stdout)["pending"]:
        assert time.monotonic() < until, "the variants are not made in time"
        time.sleep(5)


@pytest.mark.timeout(3600)
def test_a_backup_of_10000_images_while_serving(tmp_path: Path) -> None:
    place, source, target = tmp_path / "backup", tmp_path / "source", tmp_path / "target"
    source.mkdir()
    with running(source) as server:
        load = ClientLoad(server, server.token())
        load.fill(IMAGES)
        wait_for_variants(server)
        names = list(load.kept)
        quiet = PacedClients(server, load.token, names).during(lambda: time.sleep(QUIET))
        made: list[tuple[float, dict[str, object]]] = []
        busy = PacedClients(server, load.token, names).during(lambda: made.append(back_up(server, place)))
        [(first, tally)] = made
        wait_for_variants(server)
        back_up(server, place)  # what the clients did meanwhile
        change(server, load)
        wait_for_variants(server)
        again, more = back_up(server, place)
        print(f"\nwithout a backup: {quiet.told()}")
        print(f"during a backup:  {busy.told()}")
        print(f"first backup:     {first:.1f} s, {tally['blobs']} blobs, {tally['bytes']} bytes")
        print(
            f"incremental:      {again:.1f} s after {CHANGES} changes: {again / first:.1%} of the first;"
            f" {more['copied']} blobs copied"
        )
        server.run("backup", str(place), "--verify", timeout=900)
        secret = (source / "calotype-data" / "secret").read_bytes()
    (target / "calotype-data").mkdir(parents=True)
    (target / "calotype-data" / "secret").write_bytes(secret)
    began = time.perf_counter()
    Server(target).run("restore", str(place), timeout=1800)
    print(f"restore:          {time.perf_counter() - began:.1f} s")
    with running(target) as restored:
        load.server = restored
        load.check()
        restored.run("storage", "check", "--deep", timeout=900)
