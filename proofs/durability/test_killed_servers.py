"""A server is killed, or told to stop, while eight clients write: nothing that was acknowledged is lost, and nothing is left over."""

import json
import random
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from proofs.conftest import Figure
from proofs.durability.writers import SETTINGS, Writers

from kit.servers.calotype import Server

KILLS = 200
STOPS = 20
GRACE = 60  # seconds: the shortest
SWEEPS = {"CALOTYPE_STORAGE__GRACE": str(GRACE), "CALOTYPE_STORAGE__SWEEP_EVERY": "1"}


@pytest.mark.timeout(3600)
def test_a_server_killed_200_times_under_8_writers_loses_nothing(tmp_path: Path, figure: Figure) -> None:
    server = Server(tmp_path, {**SETTINGS, **SWEEPS}).start()
    writers = Writers(server)
    writers.begin()
    for _ in range(KILLS):
        writers.wait_for(random.randrange(1, 20))
        server.stop(signal.SIGKILL)
        server.start()
    writers.end()
    effects = writers.check()
    until = time.monotonic() + 3 * GRACE
    while left_over(tmp_path) and time.monotonic() < until:
        time.sleep(1)
    assert left_over(tmp_path) == set()
    checked = json.loads(server.run("storage", "check", "--deep", "--json", timeout=600).stdout)
    assert checked["findings"] == []
    server.stop()
    unanswered = sum(len(each.unsure) for each in writers.all)
    figure(
        f"{KILLS} kills, {writers.answered} writes acknowledged, 0 lost; {unanswered} unanswered, of which {effects} took effect",
    )


@pytest.mark.timeout(1200)
def test_a_server_told_to_stop_under_8_writers_answers_what_it_does(tmp_path: Path, figure: Figure) -> None:
    server = Server(tmp_path, SETTINGS).start()
    writers = Writers(server)
    writers.begin()
    for _ in range(STOPS):
        writers.wait_for(random.randrange(10, 60))
        assert server.stop() == 0
        server.start()
    writers.end()
    effects = writers.check()
    server.stop()
    assert effects == 0, "a request took effect and was not answered"
    figure(f"{STOPS} times, {writers.answered} writes acknowledged, 0 lost, 0 done but not answered")


def left_over(folder: Path) -> set[str]:
    """Files in the folder of blobs that no image needs."""
    data = folder / "calotype-data"
    with closing(sqlite3.connect(f"file:{data}/calotype.sqlite3?mode=ro", uri=True)) as database:
        needed = {key for (key,) in database.execute("SELECT key FROM blobs WHERE state = 'live'")}
    return {file.name for file in (data / "blobs").glob("[0-9a-f][0-9a-f]/*")} - needed
