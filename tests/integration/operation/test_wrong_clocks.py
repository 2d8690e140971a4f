"""Clocks that are wrong, and clocks that were."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from kit.images.samples import sample_image
from kit.servers import programs
from kit.servers.calotype import Server
from kit.servers.postgres import Postgres
from kit.servers.requests import with_variants


def test_variants_that_a_clock_ahead_put_off_are_made_when_the_server_starts(tmp_path: Path) -> None:
    server = Server(tmp_path)
    file = tmp_path / "a.png"
    file.write_bytes(sample_image(width=400, height=400))
    token = server.token()
    server.run("images", "add", str(file), under=programs.two_hours_ahead())
    server.start()
    try:
        with server.client(token) as client:
            [image] = client.get("/image/").json()["results"]
            with_variants(client, image["id"])
        assert "wrong clock" in server.log
    finally:
        server.stop()


def test_a_clock_that_differs_from_that_of_the_database_is_told(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.fresh_url(upgraded=True).replace("+asyncpg", "")
    server = Server(tmp_path, {"CALOTYPE_DATABASE__URL": url})
    server.token()
    assert seconds_apart(server) is None
    apart = seconds_apart(server, under=programs.two_hours_ahead())
    assert apart is not None
    assert abs(apart - 7200) < 5


def seconds_apart(server: Server, *, under: Sequence[str] = ()) -> int | None:
    """What the doctor says of the clocks; None if that is nothing."""
    findings = json.loads(server.run("doctor", "--json", check=False, under=under).stdout)
    [found] = [each for each in findings if each["subject"] == "database"]
    said = re.search(r"(\d+) seconds apart", found["detail"])
    assert found["state"] == ("warning" if said else "ok")
    return int(said[1]) if said else None
