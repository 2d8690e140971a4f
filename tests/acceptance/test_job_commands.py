"""Commands for background jobs."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from kit.images.samples import sample_image
from kit.servers.calotype import Server, running


def listed(server: Server, *arguments: str) -> Any:
    return json.loads(server.call(*arguments, "--json").stdout)


def test_jobs_are_listed_and_failed_ones_are_retried(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_JOBS__IN_SERVER="false") as server, server.client(server.token()) as client:
        image = client.post("/image/", files={"image": ("a.png", sample_image())}).json()
        pending = listed(server, "jobs", "list")
        assert [(each["image"], each["variant"], each["state"]) for each in pending] == [
            (image["id"], "medium", "pending"), (image["id"], "small", "pending"),
        ]  # fmt: skip
        assert listed(server, "jobs", "stats") == {"pending": 2, "ready": 0, "failed": 0, "others": {}}
        with closing(sqlite3.connect(tmp_path / "calotype-data" / "calotype.sqlite3")) as rows, rows:
            rows.execute("UPDATE variants SET state = 'failed', failure = 'undecodable-image', attempts = 5")
        assert [each["failure"] for each in listed(server, "jobs", "list", "--failed")] == ["undecodable-image"] * 2
        assert server.call("jobs", "retry", check=False).returncode == 2
        unknown = server.call("jobs", "retry", "999", check=False)
        assert (unknown.returncode, unknown.stderr) == (66, b"calotype: image 999: Not found.\n")
        assert server.call("jobs", "retry", str(image["id"])).stdout == b"2 variants will be tried again\n"
        assert server.call("jobs", "retry", "--all").stdout == b"0 variants will be tried again\n"
        assert {each["attempts"] for each in listed(server, "jobs", "list")} == {0}


def test_a_job_that_packs_an_image_names_the_image(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        with closing(sqlite3.connect(tmp_path / "calotype-data" / "calotype.sqlite3")) as rows, rows:
            rows.execute(
                "INSERT INTO jobs (id, kind, payload, state, attempts, due, failure, created_at)"
                " VALUES (3, 'refine-image', '17', 'failed', 5, 2, 'codec-timed-out', 1)"
            )
        assert [(each["id"], each["image"]) for each in listed(server, "jobs", "list")] == [(3, 17)]
        assert b"image 17" in server.call("jobs", "list").stdout


def test_a_kind_of_which_there_are_no_jobs_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.token()
    refused = server.call("jobs", "retry", "1", "--kind", "foo", check=False)
    assert (refused.returncode, refused.stdout) == (2, b"")
    kinds = b"deliver-webhook, make-variants, purge-cache, refine-image"
    assert (
        refused.stderr
        == b"calotype: There are no jobs of the kind 'foo'. Choose from: "
        + kinds
        + b". Try 'calotype jobs retry --help'.\n"
    )
    retried = server.call("jobs", "retry", "1", "--kind", "refine-image")
    assert retried.stdout == b"0 other jobs will be tried again\n"


def test_jobs_of_an_unknown_kind_are_listed_and_retried(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        with closing(sqlite3.connect(tmp_path / "calotype-data" / "calotype.sqlite3")) as rows, rows:
            rows.execute(
                "INSERT INTO jobs (id, kind, payload, state, attempts, due, failure, created_at)"
                " VALUES (7, 'newer', '17', 'failed', 5, 2, 'image-not-found', 1), (8, 'newer', '', 'pending', 0, 3, NULL, 3)"
            )
        assert [(each["kind"], each["id"], each["failure"]) for each in listed(server, "jobs", "list")] == [
            ("newer", 7, "image-not-found"), ("newer", 8, None),
        ]  # fmt: skip
        assert [each["id"] for each in listed(server, "jobs", "list", "--failed")] == [7]
        assert b"newer" in server.call("jobs", "list").stdout
        assert listed(server, "jobs", "stats")["others"] == {"newer": {"pending": 1, "failed": 1}}
        assert b"newer failed" in server.call("jobs", "stats").stdout
        assert 'calotype_jobs{kind="newer",state="failed"} 1.0' in httpx.get(f"{server.url}/metrics").text
        retry = server.call("jobs", "retry", "8", "--kind", "newer")
        assert retry.stdout == b"0 other jobs will be tried again\n", "it did not fail"
        assert server.call("jobs", "retry", "7", "--kind", "newer").stdout == b"1 other jobs will be tried again\n"
        assert listed(server, "jobs", "stats")["others"] == {"newer": {"pending": 2, "failed": 0}}
        assert server.call("jobs", "retry", "--all").stdout == b"0 variants will be tried again\n"
