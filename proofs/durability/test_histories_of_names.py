"""Clients store, replace, read and delete the image of one name at the same moment: their answers are those of one after the other."""

import hashlib
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from proofs.conftest import Figure
from proofs.durability.linearizability import Request, is_linearizable
from proofs.durability.writers import ABSENT, SETTINGS

from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.postgres import Postgres

HISTORIES = 1000  # on each database
CLIENTS = 4
REQUESTS = 3  # of each client in a history
METHODS = ["POST", "PUT", "PUT", "GET", "GET", "DELETE"]
NO_EFFECT = (
    409,
    503,
)  # refused because of another request at the same moment, or for want of room: nothing was changed


@dataclass
class Histories:
    """Histories one after the other; the clients begin each of them together."""

    server: Server
    token: str
    requests: list[list[Request]] = field(default_factory=lambda: [[] for _ in range(HISTORIES)])
    refused: int = 0

    def make(self) -> None:
        together = threading.Barrier(CLIENTS)
        with ThreadPoolExecutor(CLIENTS) as pool:
            for each in [pool.submit(self._work, number, together) for number in range(CLIENTS)]:
                each.result()

    def _work(self, number: int, together: threading.Barrier) -> None:
        with self.server.client(self.token) as client:
            for history, requests in enumerate(self.requests):
                together.wait(60)
                for step in range(REQUESTS):
                    if (request := self._request(client, f"{history}.png", (number * REQUESTS + step))) is not None:
                        requests.append(request)

    def _request(self, client: httpx.Client, name: str, seed: int) -> Request | None:
        method = random.choice(METHODS)
        data = sample_image(width=16, height=12, seed=seed)
        path = "/image/" if method == "POST" else f"/image/{name}/"
        sent = time.monotonic()
        answer = client.request(method, path, files={"image": (name, data)} if method in ("POST", "PUT") else None)
        answered = time.monotonic()
        if answer.status_code in NO_EFFECT:
            self.refused += 1
            return None
        assert answer.is_success or answer.status_code == 404, answer.text
        is_done = answer.is_success and not (method == "POST" and answer.json()["name"] != name)
        shown = answer.content if method == "GET" else data
        digest = ABSENT if method == "DELETE" else hashlib.sha256(shown).hexdigest()
        return Request(method, digest, is_done, sent, answered)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_thousand_histories_of_one_name_are_linearizable(
    database: str, tmp_path: Path, postgres: Postgres, figure: Figure
) -> None:
    url = {"CALOTYPE_DATABASE__URL": postgres.fresh_url(upgraded=True).replace("+asyncpg", "")}
    with running(tmp_path, **SETTINGS, **(url if database == "postgres" else {})) as server:
        histories = Histories(server, server.token())
        histories.make()
    wrong = [requests for requests in histories.requests if not is_linearizable(requests)]
    overlapping = sum(map(overlaps, histories.requests))
    figure(
        f"{database}: {HISTORIES} histories, {sum(map(len, histories.requests))} requests,"
        f" {overlapping} histories changed during another request, {histories.refused} refused, {len(wrong)} not linearizable"
    )
    assert wrong == []
    assert overlapping > HISTORIES / 20, "too little happened at once to prove anything"


def overlaps(requests: list[Request]) -> bool:
    """Whether the image was changed while another request found or changed it."""
    done = [each for each in requests if each.is_done]
    return any(
        one.method != "GET" and one is not other and one.sent < other.answered and other.sent < one.answered
        for one in done
        for other in done
    )


def a_request(method: str, digest: str, sent: float, answered: float, *, is_done: bool = True) -> Request:
    return Request(method, digest, is_done, sent, answered)


def test_the_checker_finds_what_is_not_linearizable() -> None:
    stored = a_request("POST", "a", 0, 1)
    assert is_linearizable([stored, a_request("PUT", "b", 2, 5), a_request("GET", "a", 3, 4)])
    assert not is_linearizable([stored, a_request("PUT", "b", 2, 3), a_request("GET", "a", 4, 5)]), "a stale read"
    assert not is_linearizable([stored, a_request("GET", "", 2, 3, is_done=False)]), "a lost upload"
    twice = [a_request("DELETE", "", 2, 5), a_request("DELETE", "", 3, 4)]
    assert not is_linearizable([stored, *twice]), "deleted twice"
    back = [a_request("GET", "b", 3, 4), a_request("GET", "a", 5, 6)]
    assert not is_linearizable([stored, a_request("PUT", "b", 2, 7), *back]), "there and gone again"
