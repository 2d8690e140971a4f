"""20,000 damaged files of all formats are uploaded to a server: each is stored or refused within seconds, and nothing remains of those that are refused.

Damage is placed by a generator with a fixed seed.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import httpx
import pytest

from domain.model.pixels.source import EVERY_FORMAT, UploadedFormat
from kit.images.mutants import mutant, samples_of
from kit.servers.calotype import Server, running

MUTANTS = 20_000
AT_ONCE = 4
LONGEST = 15.0  # seconds until an answer
ROUND = 500  # files that are made ahead

pytestmark = pytest.mark.timeout(5000)


def test_no_damaged_upload_breaks_the_server(tmp_path: Path) -> None:
    outcomes, wrong = Counter[tuple[str, int]](), list[str]()
    with (
        running(tmp_path, CALOTYPE_IMAGES__ACCEPT=",".join(EVERY_FORMAT)) as server,
        server.client(server.token()) as client,
        ThreadPoolExecutor(AT_ONCE) as threads,
    ):

        def upload(damaged: tuple[UploadedFormat, bytes]) -> httpx.Response:
            format, data = damaged
            return client.post("/image/", files={"image": (f"damaged.{format.extension}", data)})

        files = every_mutant()
        while files_of_round := list(islice(files, ROUND)):
            for (format, _), answer in zip(files_of_round, threads.map(upload, files_of_round), strict=True):
                outcomes[format, answer.status_code] += 1
                if answer.status_code >= 500 or answer.elapsed.total_seconds() > LONGEST:
                    wrong.append(f"{format}: {answer.status_code} in {answer.elapsed}: {answer.text[:150]}")

        unfinished = when_variants_are_made(server)
        stored = client.get("/image/?limit=1").json()["count"]
        broken = [each for each in every_image(client) if client.get(each["original"]).status_code != 200]
        ready = client.get("/health/ready/")
    print(*(f"\n{format} {status}: {number}" for (format, status), number in sorted(outcomes.items())))
    assert wrong == []
    assert unfinished == []
    assert broken == []
    assert ready.json() == {"status": "ok"}
    assert outcomes.total() == MUTANTS
    assert stored == sum(number for (_, status), number in outcomes.items() if status == 201)
    assert {format for format, status in outcomes if status == 201} == set(EVERY_FORMAT)
    assert [
        each for each in (server.folder / "calotype-data" / "blobs" / "staging").glob("*/*/*") if each.is_file()
    ] == []
    assert "Traceback" not in server.log


def every_mutant() -> Iterator[tuple[UploadedFormat, bytes]]:
    chance = random.Random(MUTANTS)
    samples = {each: samples_of(each) for each in EVERY_FORMAT}
    for number in range(MUTANTS):
        format = EVERY_FORMAT[number % len(EVERY_FORMAT)]
        yield format, mutant(chance.choice(samples[format]), chance)


def when_variants_are_made(server: Server) -> list[object]:
    """The jobs that are left: those that failed, or those that a minute without progress did not end."""
    left, since = list[object](), time.monotonic()
    while time.monotonic() < since + 60:
        found: list[object] = json.loads(server.call("jobs", "list", "--limit", "100000", "--json").stdout)
        if not found or all(isinstance(each, dict) and each["state"] == "failed" for each in found):
            return found
        if len(found) != len(left):
            left, since = found, time.monotonic()
        time.sleep(1)
    return left


def every_image(client: httpx.Client) -> Iterator[dict[str, str]]:
    url: str | None = "/image/?limit=100"
    while url:
        page = client.get(url).json()
        yield from page["results"]
        url = page["next"]
