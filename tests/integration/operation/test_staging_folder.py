"""The folder of staged files is removed while a server runs."""

import shutil
from pathlib import Path

from kit.servers.calotype import running
from kit.servers.requests import store


def test_a_removed_staging_folder_is_made_anew(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.client(server.token()) as client:
        assert store(client)
        [staging] = server.folder.rglob("staging")
        shutil.rmtree(staging)
        assert client.get("/health/ready/").status_code == 200
        assert store(client)


def test_a_staging_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.client(server.token()) as client:
        [staging] = server.folder.rglob("staging")
        shutil.rmtree(staging)
        staging.write_text("in the way")
        ready = client.get("/health/ready/")
        assert (ready.status_code, ready.json()["failing"]) == (503, {"staging": "blob-store-unavailable"})
        staging.unlink()
        assert client.get("/health/ready/").status_code == 200
