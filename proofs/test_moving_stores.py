"""A move of 2,000 images under continuous reads and writes, killed twice."""

import json
import time
from pathlib import Path

import pytest

from kit.fixtures.moving import ClientLoad, blobs_in, kill_mover_after
from kit.servers.calotype import running
from kit.servers.object_stores import ObjectStores, as_settings

IMAGES = 2000


@pytest.mark.timeout(1800)
def test_a_move_of_2000_images_fails_no_read_and_loses_no_image(object_stores: ObjectStores, tmp_path: Path) -> None:
    bucket = object_stores.usual.make_bucket()
    with running(tmp_path, **as_settings(bucket, "STORAGE__OTHER")) as service:
        load = ClientLoad(service, service.token())
        load.fill(IMAGES)
        folder = tmp_path / "calotype-data" / "blobs"
        before = blobs_in(folder)
        load.begin()
        try:
            kill_mover_after(service, "storage.other", 14)
            kill_mover_after(service, "storage.other", 5)
            began = time.monotonic()
            service.run("storage", "move", "--to", "storage.other", timeout=900)
            took = time.monotonic() - began
            untouched = blobs_in(folder)
            assert {key: untouched.get(key) for key in before} == before
            service.run("storage", "move", "--finish", timeout=900)
        finally:
            load.end()
        load.check()
        left = blobs_in(folder)
        home = json.loads(service.run("storage", "show", "--json").stdout)
    print(
        f"\n{len(before)} blobs before, {len(load.kept)} images after, {load.reads} reads meanwhile; last run {took:.0f} s"
    )
    assert left == {}
    assert home == {"in use": "storage.other"}
