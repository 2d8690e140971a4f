"""Several processes that serve on one machine, over one SQLite database."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.model.pixels.media import ImageFormat
from kit.images.samples import sample_image
from kit.servers.calotype import Server, descendants, proc_file, running, state_and_parent
from kit.servers.requests import store

WRITERS, EACH = 24, 4


def servers_of(server: Server) -> list[int]:
    """The serving processes: the children of the process that was started."""
    assert server.process is not None
    parent = server.process.pid
    children = [pid for pid in descendants(parent) if state_and_parent(pid)[1] == parent]
    return [pid for pid in children if any(name in proc_file(pid, "cmdline") for name in ("calotype", "cli.main"))]


def codec_workers(server: Server) -> int:
    """Image workers: the children of the fork servers."""
    forkers = {pid for pid in server.processes() if "fork_server" in proc_file(pid, "cmdline")}
    return sum(state_and_parent(pid)[1] in forkers for pid in forkers)


def test_two_processes_serve_as_one(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_HTTP__WORKERS="2", CALOTYPE_IMAGES__WORKERS="2") as server:
        token = server.token()
        assert len(servers_of(server)) == 2

        def write(writer: int) -> list[int]:
            statuses = []
            for number in range(EACH):
                # A connection for each request, so that both processes serve some.
                with server.client(token) as client:
                    name = f"{writer}-{number}.jpg"
                    data = sample_image(ImageFormat.JPEG, seed=writer * EACH + number)
                    statuses.append(client.post("/image/", files={"image": (name, data)}).status_code)
                    statuses.append(client.get(f"/image/{name}/").status_code)
            return statuses

        with ThreadPoolExecutor(WRITERS) as threads:
            answers = [status for statuses in threads.map(write, range(WRITERS)) for status in statuses]
        assert answers == [201, 200] * (WRITERS * EACH)
        assert 1 <= codec_workers(server) <= 4, "one for each process, and a spare"
        with server.client(token) as client:
            assert client.get("/image/?limit=1").json()["count"] == WRITERS * EACH
            metrics = client.get("/metrics").text
        counted = 'calotype_requests_total{method="POST",route="/image",status="201"} '
        assert f"{counted}{WRITERS * EACH}.0" in metrics


def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_HTTP__WORKERS="2") as server, server.client(server.token()) as client:
        image = store(client)
        before = servers_of(server)
        os.kill(before[0], signal.SIGKILL)
        until = time.monotonic() + 30
        while len(after := servers_of(server)) < 2 or before[0] in after:
            assert time.monotonic() < until, "no process replaced the one that died"
            time.sleep(0.1)
        for _ in range(8):
            with server.client(str(client.headers["Authorization"]).removeprefix("Token ")) as other:
                assert other.get(f"/image/{image['id']}/").status_code == 200


GREEDY = """
import asyncio, sys, time
from pathlib import Path
from adapters.sql.transactions.turns import SharedTurns

async def main():
    turns = SharedTurns(Path(sys.argv[1]))
    until = time.monotonic() + float(sys.argv[2])
    taken = 0
    async def writer():
        nonlocal taken
        while time.monotonic() < until:
            async with turns.taken():
                taken += 1
                await asyncio.sleep(0.01)
    await asyncio.gather(*(writer() for _ in range(int(sys.argv[3]))))
    print(taken)

asyncio.run(main())
"""


def test_waiting_writers_in_one_process_do_not_starve_another(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", GREEDY, str(tmp_path / "db"), "3", str(writers)], stdout=subprocess.PIPE, text=True
        )
        for writers in (30, 1, 1)
    ]
    turns = [int(process.communicate(timeout=30)[0]) for process in processes]
    assert min(turns) > max(turns) / 3, turns


@pytest.mark.parametrize(
    ("workers", "image_workers", "works"), [("3", "2", False), ("2", "2", True), ("0", "0", False)]
)
def test_each_process_has_an_image_worker(tmp_path: Path, workers: str, image_workers: str, works: bool) -> None:
    server = Server(tmp_path, {"CALOTYPE_HTTP__WORKERS": workers, "CALOTYPE_IMAGES__WORKERS": image_workers})
    shown = server.run("config", "show", check=False)
    assert (shown.returncode == 0) is works
    if not works:
        assert b"workers" in shown.stderr.lower()
