"""``calotype images erase`` and ``users erase`` beside a running server: nothing of the images is found in any file."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from integration.erasing.marked_images import MarkedImages, add_others, are_whole
from kit.disks.byte_search import found_in
from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.object_stores import ObjectStores, as_settings
from kit.servers.postgres import Postgres
from kit.servers.requests import store

IMAGES = 10


@dataclass
class Place:
    """A server, and the folders of all that it stores."""

    server: Server
    folders: list[Path]
    postgres: Postgres | None = None

    def search(self, marked: MarkedImages) -> list[str]:
        if self.postgres is not None:  # what it has in memory only would be written soon
            asyncio.run(self.postgres.run("CHECKPOINT"))
        return found_in(self.folders, marked.wanted)


@pytest.fixture(params=["folder and SQLite", "S3 and PostgreSQL"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, object_stores: ObjectStores, postgres: Postgres
) -> Iterator[Place]:
    audit = {"CALOTYPE_AUDIT__TABLE": "true", "CALOTYPE_IMAGES__COMPRESSION": "off"}
    if request.param == "folder and SQLite":
        with running(tmp_path, **audit) as server:
            yield Place(server, [tmp_path])
        return
    bucket = object_stores.named("rclone").make_bucket()  # its objects are files, and can be searched
    url = postgres.fresh_url(upgraded=True).replace("+asyncpg", "")
    with running(tmp_path, CALOTYPE_DATABASE__URL=url, **as_settings(bucket), **audit) as server:
        objects = object_stores.folder_of("rclone") / "data" / bucket.bucket
        yield Place(server, [tmp_path, objects, postgres.folder_of(url)], postgres)


def erase(server: Server, *arguments: str) -> Any:
    return json.loads(server.run(*arguments, "--yes", "--json").stdout)


def test_nothing_of_erased_images_is_left_and_others_stay(place: Place) -> None:
    with place.server.client(place.server.token()) as client:
        others = add_others(client, range(IMAGES))
        marked = MarkedImages()
        for number in range(IMAGES):
            marked.add(client, number)
        assert place.search(marked), "they can be found as long as they are there"
        evidence = erase(place.server, "images", "erase", *map(str, marked.ids))
        assert place.search(marked) == []
        assert (evidence["images"], len(evidence["blobs"])) == (IMAGES, 6 * IMAGES)
        assert all(each["gone"] for each in evidence["blobs"])
        assert evidence["database"] == (["write-ahead log"] if place.postgres else [])
        assert {httpx.get(url).status_code for url in marked.urls} == {404}
        assert are_whole(client, others)
        records = json.loads(place.server.run("audit", "list", "--json").stdout)
        about = [each for each in records if each["subject"] == f"image {marked.ids[0]}"]
        assert [each["action"] for each in about][0:2] == ["image.stored", "image.replaced"]
        assert {each["detail"] for each in about} == {""}
        assert place.server.run("storage", "check", "--deep").returncode == 0


def test_nothing_of_an_erased_user_is_left(place: Place) -> None:
    marked = MarkedImages()
    user = f"{marked.word}-user"
    with place.server.client(place.server.token()) as client:
        others = add_others(client, range(2))
        with place.server.client(place.server.token(user)) as theirs:
            for number in range(3):
                marked.add(theirs, number)
        evidence = erase(place.server, "users", "erase", user)
        assert place.search(marked) == []
        assert evidence["images"] == 3
        assert are_whole(client, others)
        assert place.server.run("users", "erase", user, "--yes", check=False).returncode == 66


def test_an_image_that_is_not_there_is_named_and_the_others_are_erased(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.client(server.token()) as client:
        image = store(client, sample_image())
        ended = server.run("images", "erase", "4711", str(image["id"]), check=False)
        assert (ended.returncode, b"image 4711: " in ended.stderr) == (66, True)
        assert client.get(f"/image/{image['id']}/").status_code == 404
