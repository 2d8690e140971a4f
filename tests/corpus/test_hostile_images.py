"""Unusual, broken and malicious files from other projects' test suites, uploaded to a real server."""

import csv
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from kit.images.hostile import expected
from kit.servers.calotype import Server, running

pytestmark = pytest.mark.timeout(900)

AT_ONCE = 4
DEADLINE = 60.0  # seconds in which every file must be answered


@pytest.fixture(scope="module")
def fresh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("hostile")) as server:
        yield server


def test_every_hostile_file_gets_the_answer_of_the_manifest(corpus: Path, fresh_server: Server) -> None:
    folder = corpus / "hostile"
    with (folder / "MANIFEST.csv").open(newline="") as manifest:
        rows = list(csv.DictReader(manifest))
    assert len(rows) > 1000

    with fresh_server.client(fresh_server.token()) as client, ThreadPoolExecutor(AT_ONCE) as threads:

        def upload(row: dict[str, str]) -> httpx.Response:
            data = (folder / row["file"]).read_bytes()
            return client.post("/image/", files={"original": (Path(row["file"]).name, data)}, timeout=DEADLINE)

        answers = list(threads.map(upload, rows))
        assert client.get("/health/ready/").status_code == 200
        count = client.get("/image/").json()["count"]

    wrong = [
        f"{row['file']} ({expected(row)}): {answer.status_code} {answer.text[:150]}"
        for row, answer in zip(rows, answers, strict=True)
        if not is_right(row, answer)
    ]
    accepted = [row for row in rows if expected(row) == "accept"]
    missed = sum(line.partition(" ")[2].startswith("(accept)") for line in wrong)
    print(Counter((expected(row), answer.status_code) for row, answer in zip(rows, answers, strict=True)))
    assert len(wrong) == missed, "\n".join(wrong)
    assert missed <= 0.005 * len(accepted), "\n".join(wrong)
    assert count == sum(answer.status_code == 201 for answer in answers)


def is_right(row: dict[str, str], answer: httpx.Response) -> bool:
    if answer.status_code == 201:
        image = answer.json()
        sizes = {(image["width"], image["height"]), (image["height"], image["width"])}
        fits = row["size_agree"] != "1" or (int(row["width"]), int(row["height"])) in sizes
        return expected(row) in ("accept", "either") and fits
    return 400 <= answer.status_code < 500 and expected(row) in ("reject", "either")
