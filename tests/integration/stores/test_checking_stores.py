"""``calotype storage check`` beside a running server: every damage is named, what can be mended is, and nothing else is reported."""

import itertools
import json
import os
import threading
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from minio import Minio

from adapters.blobs.s3.bucket import MinioBucket
from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.object_stores import ObjectStores, as_settings
from kit.servers.postgres import Postgres
from kit.servers.requests import store, with_variants

ROUNDS = 3
UNKNOWN = "0123456789abcdef0123456789abcdef"


class Bytes(Protocol):
    """The bytes of a store, as its operator can change them."""

    @abstractmethod
    def names(self) -> list[str]: ...

    @abstractmethod
    def read(self, key: str) -> bytes: ...

    @abstractmethod
    def write(self, key: str, data: bytes) -> None: ...

    @abstractmethod
    def remove(self, key: str) -> None: ...


class FolderBytes(Bytes):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _file(self, key: str) -> Path:
        return self._folder / key[:2] / key

    def names(self) -> list[str]:
        return [each.name for each in self._folder.glob("??/*") if each.is_file()]

    def read(self, key: str) -> bytes:
        return self._file(key).read_bytes()

    def write(self, key: str, data: bytes) -> None:
        self._file(key).parent.mkdir(exist_ok=True)
        self._file(key).unlink(missing_ok=True)
        self._file(key).write_bytes(data)

    def remove(self, key: str) -> None:
        self._file(key).unlink()


class BucketBytes(Bytes):
    def __init__(self, client: Minio, bucket: MinioBucket) -> None:
        self._client = client
        self._bucket = bucket

    def names(self) -> list[str]:
        found = self._client.list_objects(self._bucket.bucket, recursive=True)
        return [each.object_name.split("/")[1] for each in found if each.object_name and "/" in each.object_name]

    def read(self, key: str) -> bytes:
        answer = self._client.get_object(self._bucket.bucket, f"{key[:2]}/{key}")
        try:
            return answer.read()
        finally:
            answer.close()
            answer.release_conn()

    def write(self, key: str, data: bytes) -> None:
        self._client.put_object(self._bucket.bucket, f"{key[:2]}/{key}", BytesIO(data), len(data))

    def remove(self, key: str) -> None:
        self._client.remove_object(self._bucket.bucket, f"{key[:2]}/{key}")


@pytest.fixture(params=["folder and SQLite", "S3 and PostgreSQL"])
def stored(
    request: pytest.FixtureRequest, tmp_path: Path, object_stores: ObjectStores, postgres: Postgres
) -> Iterator[tuple[Server, Bytes]]:
    if request.param == "folder and SQLite":
        with running(tmp_path) as server:
            yield server, FolderBytes(tmp_path / "calotype-data" / "blobs")
        return
    bucket = object_stores.usual.make_bucket()
    url = postgres.fresh_url(upgraded=True).replace("+asyncpg", "")
    with running(tmp_path, CALOTYPE_DATABASE__URL=url, **as_settings(bucket)) as server:
        yield server, BucketBytes(object_stores.usual.client(), bucket)


def check(server: Server, *options: str) -> tuple[int, Any]:
    """The status, and what was found."""
    ended = server.run("storage", "check", "--json", *options, check=False)
    assert ended.stdout, ended.stderr.decode()
    return ended.returncode, json.loads(ended.stdout)


def found(checked: Any) -> set[tuple[str, str, str, bool]]:
    return {(each["problem"], each["name"], each["part"], each["repaired"]) for each in checked["findings"]}


def key_of(bytes_: Bytes, data: bytes) -> str:
    [key] = [key for key in bytes_.names() if bytes_.read(key) == data]
    return key


def test_each_damage_is_named_and_variants_are_made_again(stored: tuple[Server, Bytes]) -> None:
    server, bytes_ = stored
    with server.client(server.token()) as client:
        names = ["missing.png", "shorter.png", "flipped.png", "variant-missing.png", "variant-flipped.png", "whole.png"]
        images = {}
        for seed, name in enumerate(names):
            image = store(client, sample_image(seed=seed, width=1500, height=1200), name)
            images[name] = with_variants(client, image["id"])

        def key(name: str, part: str) -> str:
            return key_of(bytes_, client.get(images[name][part]).content)

        assert check(server, "--deep") == (
            0,
            {"images": 6, "blobs": 18, "bytes": pytest.approx(0, abs=1e9), "findings": []},
        )

        def flip(of: str) -> None:
            data = bytearray(bytes_.read(of))
            data[len(data) // 2] ^= 1
            bytes_.write(of, bytes(data))

        shorter = key("shorter.png", "original")
        bytes_.write(shorter, bytes_.read(shorter)[:-1])
        missing, flipped = key("missing.png", "original"), key("flipped.png", "original")
        bytes_.remove(missing)
        flip(flipped)
        bytes_.remove(key("variant-missing.png", "small"))
        flip(key("variant-flipped.png", "medium"))
        bytes_.write(UNKNOWN, b"bytes of nobody")

        hopeless = {
            ("missing", "missing.png", "original", False),
            ("wrong size", "shorter.png", "original", False),
            ("damaged", "flipped.png", "original", False),
        }
        shallow = {("missing", "variant-missing.png", "small", False), ("unknown", "", "", False)}
        status, checked = check(server)
        assert (status, found(checked)) == (
            os.EX_DATAERR,
            {each for each in hopeless if each[0] != "damaged"} | shallow,
        )
        status, checked = check(server, "--deep", "--repair")
        assert status == os.EX_DATAERR
        assert found(checked) == hopeless | {
            ("missing", "variant-missing.png", "small", True),
            ("damaged", "variant-flipped.png", "medium", True),
            ("unknown", "", "", False),
        }
        for name, part in (("variant-missing.png", "small"), ("variant-flipped.png", "medium")):
            again = with_variants(client, images[name]["id"])
            assert client.get(again[part]).status_code == 200
        status, checked = check(server, "--deep", "--remove-unknown")
        assert found(checked) == hopeless | {("unknown", "", "", True)}
        assert UNKNOWN not in bytes_.names()
        assert found(check(server, "--deep")[1]) == hopeless


def test_nothing_is_reported_of_what_the_service_changes_meanwhile(stored: tuple[Server, Bytes]) -> None:
    server, _ = stored
    token, stop, problems = server.token(), threading.Event(), list[str]()

    def change(number: int) -> None:
        with server.client(token) as client:
            for seed in itertools.count(number, 3):
                if stop.is_set():
                    return
                id = store(client, sample_image(seed=seed, width=700, height=500), f"{seed}.png")["id"]
                answers = [client.put(f"/image/{id}/", files={"image": ("new.png", sample_image(seed=seed + 1))})]
                if seed % 2:
                    answers.append(client.delete(f"/image/{id}/"))
                problems.extend(answer.text for answer in answers if not answer.is_success)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        checks = [check(server, "--deep") for _ in range(ROUNDS)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert problems == []
    assert [(status, checked["findings"]) for status, checked in checks] == [(0, [])] * ROUNDS
    assert checks[-1][1]["images"] > 0


@contextmanager
def maintenance(server: Server) -> Iterator[None]:
    server.run("maintenance", "on")
    try:
        yield
    finally:
        server.run("maintenance", "off")


def test_nothing_is_repaired_during_maintenance(stored: tuple[Server, Bytes]) -> None:
    server, bytes_ = stored
    bytes_.write(UNKNOWN, b"bytes of nobody")
    with maintenance(server):
        assert server.run("storage", "check", "--remove-unknown", check=False).returncode == os.EX_TEMPFAIL
        assert check(server)[0] == os.EX_DATAERR
    assert UNKNOWN in bytes_.names()
    with httpx.Client() as client:
        assert client.get(f"{server.url}/health/ready/").status_code == 200
