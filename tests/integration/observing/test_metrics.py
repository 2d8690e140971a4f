"""What operators see of the service in its figures."""

import os
import re
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx

from kit.images.samples import sample_image
from kit.servers.calotype import Server, descendants, proc_file, running, state_and_parent
from kit.servers.requests import SAMPLE, store, with_variants

PATIENCE = 30  # seconds


def figures(client: httpx.Client) -> dict[str, float]:
    """All samples, by name and labels."""
    lines = client.get("/metrics").text.splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))
    }


def figure(client: httpx.Client, name: str, **labels: str) -> float:
    shown = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return figures(client).get(f"calotype_{name}{{{shown}}}" if labels else f"calotype_{name}", 0.0)


def until(client: httpx.Client, expected: float, name: str, **labels: str) -> None:
    end = time.monotonic() + PATIENCE
    while (found := figure(client, name, **labels)) != expected:
        assert time.monotonic() < end, f"{name} is {found}, not {expected}"
        time.sleep(0.1)


def test_uploads_are_counted_with_what_compression_saved(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_IMAGES__DUPLICATES="return") as server, server.client(server.token()) as client:
        stored = store(client)
        assert client.post("/image/", files={"image": ("again.png", SAMPLE)}).status_code == 200
        ticket = client.post("/ticket/").json()["url"]
        by_ticket = client.post(ticket, files={"image": ("b.png", sample_image(seed=2))}).json()
        other = {"image": ("c.png", sample_image(seed=3))}
        replaced = client.put(f"/image/{by_ticket['id']}/", files=other).json()
        assert client.post("/image/", files={"image": ("d.png", b"none")}).status_code == 422
        assert [figure(client, "uploads_total", outcome=each) for each in ("stored", "duplicate", "replaced")] == [
            2,
            1,
            1,
        ]
        receipts = [each["compression"] for each in (stored, by_ticket, replaced)]
        assert figure(client, "upload_received_bytes_total") == sum(each["uploaded_size"] for each in receipts)
        assert figure(client, "upload_stored_bytes_total") == sum(each["size"] for each in receipts)
        assert figure(client, "refusals_total", code="undecodable-image") == 1
        assert figure(client, "images") == 2
        assert figure(client, "image_bytes") == stored["size"] + replaced["size"]
        assert figure(client, "users") == 1


def test_time_is_measured_by_step_and_operation(server: Server, client: httpx.Client) -> None:
    before = figures(client)
    with_variants(client, store(client, sample_image(seed=9))["id"])
    after = figures(client)
    for part, labels in (
        ("codec", 'step="wait"'),
        ("codec", 'step="examine"'),
        ("codec", 'step="shrink"'),
        ("codec", 'step="variants"'),
        ("store", 'operation="put"'),
        ("store", 'operation="fetch"'),
        ("database", 'operation="write"'),
        ("database", 'operation="read"'),
    ):
        for ending in ("count", "sum"):
            name = f"calotype_{part}_seconds_{ending}{{{labels}}}"
            assert after[name] > before.get(name, 0.0), name
    assert after["calotype_codec_waiting_images"] == 0
    assert after['calotype_disk_size_bytes{folder="data"}'] >= after['calotype_disk_free_bytes{folder="blobs"}'] > 0
    assert re.search(r'calotype_version\{version="\d', client.get("/metrics").text)
    assert server.folder.name not in client.get("/metrics").text


def test_no_label_comes_from_a_client(server: Server, client: httpx.Client) -> None:
    canary = "canary"
    for method in ("GET", "POST", "CANARY"):
        for path in (
            f"/image/{canary}.png",
            f"/{canary}",
            f"/p/{canary}.png",
            f"/image/?{canary}=1",
            f"/image/1/{canary}",
        ):
            client.request(method, path, headers={"Calotype-Error": canary, "X-Request-ID": canary}, content=b"")
    assert canary not in client.get("/metrics").text.lower()


def test_refusals_are_counted_by_their_code(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_QUOTA__REQUESTS_PER_MINUTE="2") as server, server.client(server.token()) as client:
        statuses = [client.get("/image/0/").status_code for _ in range(4)]
        assert statuses == [404, 404, 429, 429]
        with server.client() as stranger:
            assert stranger.get("/image/").status_code == 401
            assert figure(stranger, "refusals_total", code="image-not-found") == 2
            assert figure(stranger, "refusals_total", code="rate-exceeded") == 2
            assert figure(stranger, "refusals_total", code="not-authenticated") == 1
            assert figure(stranger, "requests_total", method="GET", route="other", status="429") == 2


def test_workers_that_die_and_jobs_that_wait_are_seen(tmp_path: Path) -> None:
    settings = {"CALOTYPE_JOBS__IN_SERVER": "false", "CALOTYPE_IMAGES__DEADLINE": "0.001"}
    with running(tmp_path, **settings) as server, server.client(server.token()) as client:
        assert client.post("/image/", files={"image": ("a.png", SAMPLE)}).headers["Calotype-Error"] == "codec-timed-out"
        assert figure(client, "worker_deaths_total", reason="timed-out") >= 1
        assert figure(client, "oldest_job_seconds") == 0
    with running(tmp_path, CALOTYPE_JOBS__IN_SERVER="false") as server, server.client(server.token()) as client:
        store(client)
        time.sleep(0.2)
        assert figure(client, "variants", state="pending") == 2
        assert 0.1 < figure(client, "oldest_job_seconds") < PATIENCE


def test_a_store_and_a_database_that_fail_are_seen(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.client(server.token()) as client:
        store(client)
        data = server.folder / "calotype-data"
        (data / "blobs").rename(data / "away")
        assert client.post("/image/", files={"image": ("a.png", sample_image(seed=4))}).status_code == 503
        failed = {
            name: value for name, value in figures(client).items() if name.startswith("calotype_store_errors_total")
        }
        assert failed, client.get("/metrics").text
        assert all('code="blob-store-unavailable"' in name for name in failed)
        (data / "away").rename(data / "blobs")
        (data / "calotype.sqlite3").unlink()
        client.post("/image/", files={"image": ("a.png", sample_image(seed=5))})
        assert figure(client, "database_errors_total", operation="write", code="database-replaced") > 0


def test_full_users_and_maintenance_are_seen(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_QUOTA__IMAGES="1") as server, server.client(server.token()) as client:
        assert (figure(client, "users_near_quota"), figure(client, "maintenance")) == (0, 0)
        store(client)
        server.call("maintenance", "on")
        assert (figure(client, "users_near_quota"), figure(client, "maintenance")) == (1, 1)
        server.call("maintenance", "off")
        assert figure(client, "maintenance") == 0


def test_several_processes_are_added_up_also_when_one_has_died(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_HTTP__WORKERS="2", CALOTYPE_IMAGES__WORKERS="2") as server:
        token = server.token()
        for seed in range(6):
            with server.client(token) as client:  # a connection each, so that both processes serve some
                store(client, sample_image(seed=seed))
        with server.client(token) as client:
            assert figure(client, "uploads_total", outcome="stored") == 6
            assert figure(client, "codec_seconds_count", step="examine") == 6
            assert figure(client, "images") == 6
            assert figure(client, "codec_waiting_images") == 0
        assert server.process is not None
        parent = server.process.pid
        serving = [
            each
            for each in descendants(parent)
            if state_and_parent(each)[1] == parent and "main" in proc_file(each, "cmdline")
        ]
        os.kill(serving[0], signal.SIGKILL)
        time.sleep(0.5)
        server.wait_until_ready()
        with server.client(token) as client:
            until(client, 6, "uploads_total", outcome="stored")
            assert figure(client, "codec_waiting_images") == 0


def test_figures_are_shown_while_the_database_is_locked(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.client(server.token()) as client:
        store(client)
        assert figure(client, "images") == 1
        with closing(
            sqlite3.connect(server.folder / "calotype-data" / "calotype.sqlite3", isolation_level=None)
        ) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert figure(client, "images") == 1
