"""A move from a folder to an S3 store while clients read, write and delete, and the moving process is killed."""

import hashlib
import random
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from kit.pictures.samples import a_picture
from kit.servers.calotype import CALOTYPE, Server


@dataclass
class Life:
    """What readers and writers did meanwhile, and what must be there in the end."""

    server: Server
    token: str
    kept: dict[str, str] = field(default_factory=dict)
    reads: int = 0
    failures: list[str] = field(default_factory=list)
    _seed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def fill(self, number: int) -> None:
        """Store so many pictures."""
        threads = [
            threading.Thread(target=self._upload, args=(number // 4 + (each < number % 4),)) for each in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not self.failures, self.failures

    def begin(self) -> None:
        for work in (self._read, self._read, self._write):
            self._threads.append(threading.Thread(target=self._on_and_on, args=(work,)))
            self._threads[-1].start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def check(self) -> None:
        """Everything that was acknowledged is there, by its bytes."""
        with self.server.client(self.token) as client:
            for name, digest in self.kept.items():
                self._compare(client, name, digest)
        assert self.failures == []

    def _upload(self, number: int) -> None:
        with self.server.client(self.token) as client:
            for _ in range(number):
                self._store(client)

    def _store(self, client: httpx.Client) -> str:
        with self._lock:
            self._seed += 1
            seed = self._seed
        answer = client.post("/image/", files={"image": (f"{seed}.png", a_picture(width=48, height=36, seed=seed))})
        if answer.status_code != 201:
            self.failures.append(f"upload: {answer.status_code} {answer.text}")
            return ""
        stored = answer.json()
        self.kept[stored["name"]] = stored["sha256"]
        return str(stored["name"])

    def _write(self, client: httpx.Client) -> None:
        self._store(client)
        if random.random() < 0.3:
            name = self._store(client)
            self.kept.pop(name, None)
            if client.delete(f"/image/{name}/").status_code != 204:
                self.failures.append(f"delete {name}")
        time.sleep(0.05)

    def _read(self, client: httpx.Client) -> None:
        name, digest = random.choice(list(self.kept.items()))
        self._compare(client, name, digest)
        self.reads += 1

    def _compare(self, client: httpx.Client, name: str, digest: str) -> None:
        answer = client.get(f"/image/{name}/")
        if name in self.kept and (answer.status_code != 200 or hashlib.sha256(answer.content).hexdigest() != digest):
            self.failures.append(f"read {name}: {answer.status_code} {answer.text[:200]}")

    def _on_and_on(self, work: Callable[[httpx.Client], None]) -> None:
        with self.server.client(self.token) as client:
            while not self._stop.is_set():
                try:
                    work(client)
                except httpx.TransportError as error:
                    self.failures.append(repr(error))
                    time.sleep(0.1)


def kill_mover_after(server: Server, target: str, seconds: float) -> None:
    """Begin the move, and kill it in the middle."""
    mover = subprocess.Popen(
        [*CALOTYPE, "storage", "move", "--to", target],
        cwd=server.folder,
        env=server.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    assert mover.poll() is None, "the move was over before it could be killed"
    mover.kill()
    mover.wait()


def blobs_in(folder: Path) -> dict[str, str]:
    """Every blob file in a folder, with its digest."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.glob("[0-9a-f][0-9a-f]/*")
        if path.is_file()
    }
