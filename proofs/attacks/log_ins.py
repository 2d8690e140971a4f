"""Guessing one name's password from many addresses, while its user logs in."""

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx
from proofs.lines import said

from kit.servers.calotype import Server, running

PASSWORD = "correct horse"
ADDRESSES = [f"203.0.113.{number}" for number in range(50)]
OWN = {"known": "198.51.100.7", "new": "192.0.2.1"}
A_MINUTE = 1000  # tries
THREADS = 8
SECONDS = 60
LONGEST = 5.0  # seconds for the user to log in
MOST_GUESSES = 100  # a day, whose password is compared


def log_in(client: httpx.Client, password: str, address: str) -> int:
    form = {"username": "ada", "password": password}
    return client.post("/api/token/", data=form, headers={"X-Forwarded-For": address}, timeout=60).status_code


class Guessing:
    """Wrong tries at an even pace, by threads that share it. ``statuses``: how they were answered."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._numbers = count()
        self.began = time.monotonic()
        self._threads = [threading.Thread(target=self._guess) for _ in range(THREADS)]
        self.statuses: Counter[int] = Counter()
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _guess(self) -> None:
        with self._server.client() as client:
            while (due := (number := next(self._numbers)) * 60 / A_MINUTE) < SECONDS:
                time.sleep(max(0.0, self.began + due - time.monotonic()))
                self.statuses[log_in(client, "wrong", ADDRESSES[number % len(ADDRESSES)])] += 1


def attack() -> Iterator[bool]:
    """Whether the user could log in meanwhile, and few guesses were compared."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), CALOTYPE_HTTP__TRUSTED_PROXIES="127.0.0.1") as server,
        server.client() as client,
    ):
        server.call("users", "add", "ada", "--password", PASSWORD)
        assert log_in(client, PASSWORD, OWN["known"]) == 200
        guessing = Guessing(server)
        times: dict[str, list[float]] = {address: [] for address in OWN.values()}
        statuses = set()
        while time.monotonic() < guessing.began + SECONDS - 5:
            for address, took in times.items():
                start = time.monotonic()
                statuses.add(log_in(client, PASSWORD, address))
                took.append(time.monotonic() - start)
            time.sleep(4)
        guessing.join()
    tries = sum(guessing.statuses.values())
    for name, address in OWN.items():
        slowest = max(times[address])
        yield said(
            statuses == {200} and slowest < LONGEST,
            f"{tries} wrong tries in {SECONDS} s: its user logs in from a {name} address",
            f"at most {slowest:.1f} s, answers {sorted(statuses)}",
        )
    compared = tries - guessing.statuses[429]
    yield said(compared < MOST_GUESSES, f"{tries} wrong tries in {SECONDS} s: few are compared", f"{compared} were")
