"""A move with a real server, a real S3 store, and a moving process that is killed twice."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socket import gethostname

import pytest

from kit.fixtures.moving import ClientLoad, blobs_in, kill_mover_after
from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.object_stores import ObjectStores, as_settings

IMAGES = 120


@pytest.mark.parametrize("server", ["seaweedfs"])
def test_a_move_under_load_that_is_killed_twice_fails_no_read_and_loses_no_image(
    server: str, object_stores: ObjectStores, tmp_path: Path
) -> None:
    bucket = object_stores.named(server).make_bucket()
    settings = as_settings(bucket, "STORAGE__OTHER")
    with running(tmp_path, **settings) as service:
        load = ClientLoad(service, service.token())
        load.fill(IMAGES)
        folder = tmp_path / "calotype-data" / "blobs"
        before = blobs_in(folder)
        dry = json.loads(service.run("storage", "move", "--to", "storage.other", "--dry-run", "--json").stdout)
        assert dry["to_copy"] >= IMAGES
        load.begin()
        try:
            kill_mover_after(service, "storage.other", 4)  # while the move is announced
            kill_mover_after(service, "storage.other", 12)  # while the move copies
            service.run("storage", "move", "--to", "storage.other")
            moving = json.loads(service.run("storage", "show", "--json").stdout)
            assert moving["in use"] == "storage"
            assert moving["moving to"].startswith("storage.other (moving")
            untouched = blobs_in(folder)
            assert {key: untouched.get(key) for key in before} == before
            ended = service.run("storage", "move", "--finish", check=False)
            assert ended.returncode == 0, ended.stderr.decode()
        finally:
            load.end()
        load.check()
        assert load.reads > 50
        assert blobs_in(folder) == {}
        with service.client(load.token) as client:
            link = client.get("/image/?limit=1").json()["results"][0]["original"]
            assert bucket.endpoint in link
        assert json.loads(service.run("storage", "show", "--json").stdout) == {"in use": "storage.other"}
    with running(tmp_path, **settings) as service:
        load.server = service
        load.check()


def test_a_move_to_a_store_that_the_server_lacks_is_refused_and_disturbs_no_client(
    object_stores: ObjectStores, tmp_path: Path
) -> None:
    with running(tmp_path) as service, service.client(service.token()) as client:
        mover = Server(tmp_path, as_settings(object_stores.usual.make_bucket(), "STORAGE__OTHER"))
        with ThreadPoolExecutor(1) as thread:
            moving = thread.submit(mover.run, "storage", "move", "--to", "storage.other", check=False)
            seeds = itertools.count()
            while not moving.done():
                assert (
                    client.post("/image/", files={"image": ("a.png", sample_image(seed=next(seeds)))}).status_code
                    == 201
                )
        refused = moving.result()
        assert refused.returncode == 73
        assert f" on {gethostname()}. Give storage.other to every server" in refused.stderr.decode()
        assert json.loads(mover.run("storage", "show", "--json").stdout) == {"in use": "storage"}
        assert client.get("/health/ready/").status_code == 200
