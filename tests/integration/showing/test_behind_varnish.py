"""Public images behind a real Varnish, which Calotype purges."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.model.pixels.media import ImageFormat
from kit.images.codecs import a_photo, encoded
from kit.images.samples import sample_image
from kit.servers.calotype import Server, free_port, running
from kit.servers.proxies.varnish import varnish
from kit.servers.requests import store, with_variants

PATIENCE = 30  # seconds
PHOTOGRAPH = encoded(a_photo(640, 480, "RGBA"))
JPEG, OTHER = sample_image(ImageFormat.JPEG, 640, 480), sample_image(ImageFormat.JPEG, 500, 400)


@pytest.fixture(scope="module")
def cached_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose Varnish listens at ``http.purge_url``."""
    folder, cache, port = tmp_path_factory.mktemp("cached"), free_port(), free_port()
    (folder / "server").mkdir()
    settings = {"CALOTYPE_HTTP__PURGE_URL": f"http://127.0.0.1:{cache}", "CALOTYPE_VARIANTS__SMALL__AVIF": "true"}
    server = Server(folder / "server", settings, port=port)
    with varnish(folder / "varnish", cache, backend=port):
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def client(cached_server: Server) -> Iterator[httpx.Client]:
    with cached_server.client(cached_server.token()) as client:
        yield client


@pytest.fixture
def cache(cached_server: Server) -> Iterator[httpx.Client]:
    """A client of Varnish. It sends a token, which is ignored."""
    url = cached_server.settings["CALOTYPE_HTTP__PURGE_URL"]
    with httpx.Client(base_url=url, headers={"Authorization": "Token nonsense", "Cookie": "a=b"}) as cache:
        yield cache


def published(client: httpx.Client, data: bytes = JPEG, name: str = "a.jpg") -> tuple[Any, list[str]]:
    """A public image, and the paths of its original and of a variant, with their versions."""
    id = store(client, data, name)["id"]
    client.patch(f"/image/{id}/", json={"public": True})
    image = with_variants(client, id)
    urls = [image["public_url"], image["variants"]["small"]["public_url"]]
    return image, [url.removeprefix(str(client.base_url).rstrip("/")) for url in urls]


def is_kept(answer: httpx.Response) -> bool:
    """Whether Varnish had the response: then it names the request that fetched it, too."""
    assert answer.status_code == 200
    assert "X-Url" not in answer.headers
    return len(answer.headers["X-Varnish"].split()) == 2


def fill(cache: httpx.Client, paths: list[str]) -> None:
    for path in paths:
        cache.get(path)
        assert is_kept(cache.get(path))


def comes_true(check: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not (done := check()) and time.monotonic() < until:
        time.sleep(0.05)
    return done


def test_public_images_are_kept_and_ranges_of_them_are_correct(client: httpx.Client, cache: httpx.Client) -> None:
    _, paths = published(client)
    fill(cache, paths)
    whole = cache.get(paths[0])
    assert whole.content == client.get(paths[0]).content
    part = cache.get(paths[0], headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, whole.content[5:10])
    assert cache.get(paths[0], headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    bare = paths[0].partition("?")[0]
    for _ in range(2):
        assert not is_kept(cache.get(bare))
    assert cache.get(bare, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("how", ["withdraw", "delete"])
def test_an_image_that_is_not_public_any_more_is_forgotten_in_all_versions(
    client: httpx.Client, cache: httpx.Client, how: str
) -> None:
    image, paths = published(client)
    client.put(f"/image/{image['id']}/", files={"image": ("b.jpg", OTHER)})
    assert comes_true(lambda: "immutable" not in cache.get(paths[0]).headers["Cache-Control"])
    _, bystanders = published(client)
    newer = with_variants(client, image["id"])["public_url"].removeprefix(str(client.base_url).rstrip("/"))
    fill(cache, [newer, *bystanders])
    if how == "withdraw":
        client.patch(f"/image/{image['id']}/", json={"public": False})
    else:
        client.delete(f"/image/{image['id']}/")
    for path in (newer, *paths):
        assert comes_true(lambda path=path: cache.get(path).status_code == 404)  # type: ignore[misc]  # mypy infers no type
    assert all(is_kept(cache.get(path)) for path in bystanders)


def test_the_old_bytes_of_a_replaced_image_are_forgotten(client: httpx.Client, cache: httpx.Client) -> None:
    image, paths = published(client)
    fill(cache, paths)
    client.put(f"/image/{image['id']}/", files={"image": ("b.jpg", OTHER)})
    new = with_variants(client, image["id"])
    for path, key in zip(paths, ("original", "small"), strict=True):
        expected = httpx.get(new[key]).content
        assert comes_true(lambda path=path, expected=expected: cache.get(path).content == expected)  # type: ignore[misc]  # mypy infers no type


def test_a_variant_and_the_avif_beside_it_are_kept_once_each_and_forgotten_together(
    client: httpx.Client, cache: httpx.Client
) -> None:
    image, (_, small) = published(client, PHOTOGRAPH, "a.png")
    of_browsers = ["image/avif,image/webp,*/*;q=0.8", "image/png,image/avif", "IMAGE/AVIF;q=0.5", "image/avif ; q=1"]
    of_others = ["*/*", "image/png,image/*;q=0.8", "image/avif;q=0", "image/avif; q=0.0, image/png", "ximage/avif"]
    for accepts, media_type in ((of_browsers, "image/avif"), (of_others, "image/png")):
        for number, accept in enumerate(accepts):
            answer = cache.get(small, headers={"Accept": accept})
            assert (answer.headers["Content-Type"], answer.headers["Vary"]) == (media_type, "Accept")
            assert answer.content == client.get(small, headers={"Accept": accept}).content
            assert is_kept(answer) is (number > 0), accept
    client.patch(f"/image/{image['id']}/", json={"public": False})
    for accept in (of_browsers[0], of_others[0]):
        assert comes_true(lambda accept=accept: cache.get(small, headers={"Accept": accept}).status_code == 404)  # type: ignore[misc]  # mypy infers no type


def test_only_calotype_purges_and_only_public_images(cache: httpx.Client) -> None:
    assert cache.request("PURGE", "/p/a.jpg").status_code == 200
    for path in ("/", "/p/", "/p/a", "/image/1/", "/p/%22.jpg", "/p/.*.jpg"):
        assert cache.request("PURGE", path).status_code == 400


def test_a_purge_that_fails_is_among_the_failed_jobs(tmp_path: Path) -> None:
    settings = {"CALOTYPE_HTTP__PURGE_URL": f"http://127.0.0.1:{free_port()}", "CALOTYPE_JOBS__ATTEMPTS": "1"}
    with running(tmp_path, **settings) as server, server.client(server.token()) as client:
        image, _ = published(client)
        client.patch(f"/image/{image['id']}/", json={"public": False})

        def failed() -> list[tuple[str, str]]:
            listed = json.loads(server.call("jobs", "list", "--failed", "--json").stdout)
            return [(each["kind"], each["failure"]) for each in listed]

        assert comes_true(lambda: failed() == [("purge-cache", "remote-unreachable")])
        retried = server.call("jobs", "retry", "--all", check=False)
        assert retried.returncode == 0
