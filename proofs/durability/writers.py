"""Clients that write on and on, whatever happens to the server, and know what must be stored."""

import hashlib
import random
import threading
import time
from dataclasses import dataclass, field

import httpx

from kit.images.samples import sample_image
from kit.servers.calotype import Server

ABSENT = ""
"""Stands for the digest of an image that is not stored."""

SETTINGS = {"CALOTYPE_IMAGES__COMPRESSION": "off"}  # a file is stored as it is sent
LARGEST_SEED = 2**60


@dataclass
class Writer:
    """Stores, replaces and deletes images with names of its own, one request after the other.

    ``stored`` has the digest that each name must have. ``unsure`` are names that it uses no more: the last request for one was not
    answered, or with ``outcome-unknown``, so it has the digest before or after it.
    """

    server: Server
    token: str
    number: int
    stored: dict[str, str] = field(default_factory=dict)
    unsure: dict[str, tuple[str, str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    answered: int = 0
    refused: int = 0
    _made: int = 0

    def work(self, ending: threading.Event) -> None:
        with self.server.client(self.token, timeout=30) as client:
            while not ending.is_set():
                self._write(client)

    def _write(self, client: httpx.Client) -> None:
        names = [name for name, digest in self.stored.items() if digest != ABSENT]
        if len(names) < 5 or random.random() < 0.5:
            self._made += 1
            name, method, path = f"w{self.number}-{self._made}.png", "POST", "/image/"
        else:
            name = random.choice(names)
            method, path = random.choice(["PUT", "DELETE"]), f"/image/{name}/"
        data = sample_image(width=48, height=36, seed=random.randrange(LARGEST_SEED))
        after = ABSENT if method == "DELETE" else hashlib.sha256(data).hexdigest()
        try:
            answer = client.request(method, path, files=None if method == "DELETE" else {"image": (name, data)})
        except httpx.ConnectError:  # it was not sent
            time.sleep(0.05)
            return
        except httpx.TransportError:
            self.unsure[name] = (self.stored.pop(name, ABSENT), after)
            time.sleep(0.05)
            return
        if answer.headers.get("Calotype-Error") == "outcome-unknown":
            self.unsure[name] = (self.stored.pop(name, ABSENT), after)
            return
        if answer.status_code == 503:  # nothing was changed
            self.refused += 1
            time.sleep(0.05)
            return
        if not answer.is_success:
            self.failures.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
            return
        self.answered += 1
        self.stored[name] = after

    def check(self, client: httpx.Client) -> int:
        """Assert that everything acknowledged is so. Returns how many requests that were not answered have taken effect."""
        for name, digest in self.stored.items():
            assert found(client, name) == digest, name
        effects = 0
        for name, (before, after) in self.unsure.items():
            digest = found(client, name)
            assert digest in (before, after), name
            effects += digest == after
        return effects


def found(client: httpx.Client, name: str) -> str:
    """The digest of the image of that name."""
    answer = client.get(f"/image/{name}/")
    if answer.status_code == 404:
        return ABSENT
    assert answer.status_code == 200, answer.text
    return hashlib.sha256(answer.content).hexdigest()


@dataclass
class Writers:
    """Eight of them, at once."""

    server: Server
    number: int = 8
    _ending: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        token = self.server.token()
        self.all = [Writer(self.server, token, number) for number in range(self.number)]
        self._threads = [threading.Thread(target=each.work, args=(self._ending,)) for each in self.all]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    @property
    def answered(self) -> int:
        return sum(each.answered for each in self.all)

    def wait_for(self, requests: int) -> None:
        """Return when so many more were answered."""
        until, enough = time.monotonic() + 60, self.answered + requests
        while self.answered < enough:
            assert time.monotonic() < until, "no writer is answered"
            time.sleep(0.01)

    def check(self) -> int:
        """Assert what each knows. Returns how many requests that were not answered have taken effect."""
        assert [failure for each in self.all for failure in each.failures] == []
        with self.server.client(self.all[0].token) as client:
            return sum(each.check(client) for each in self.all)
