"""A move of 2,000 images under continuous reads and writes, killed twice."""

import json
import time
from pathlib import Path

import pytest

from kit.fixtures.moving import Life, blobs_in, kill_mover_after
from kit.servers.calotype import running
from kit.servers.object_stores import ObjectStores, as_settings

IMAGES = 2000


@pytest.mark.timeout(1800)
def test_a_move_of_two_thousand_images_fails_no_read_and_loses_nothing(
    object_stores: ObjectStores, tmp_path: Path
) -> None:
    bucket = object_stores.named("seaweedfs").make_bucket()
    with running(tmp_path, **as_settings(bucket, "STORAGE__OTHER")) as service:
        life = Life(service, service.token())
        life.fill(IMAGES)
        folder = tmp_path / "calotype-data" / "blobs"
        before = blobs_in(folder)
        life.begin()
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
            life.end()
        life.check()
        left = blobs_in(folder)
        home = json.loads(service.run("storage", "show", "--json").stdout)
    print(
        f"\n{len(before)} blobs before, {len(life.kept)} images after, {life.reads} reads meanwhile; last run {took:.0f} s"
    )
    assert left == {}
    assert home == {"in use": "storage.other"}
