"""A real server behind an nginx that caches every response that it may."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from kit.images.codecs import a_photo, encoded
from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.proxies.nginx import CACHING, CACHING_SOME, nginx
from kit.servers.requests import store, with_variants


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), CALOTYPE_VARIANTS__SMALL__AVIF="true") as server:
        yield server


@pytest.fixture(scope="module")
def cache(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with nginx(tmp_path_factory.mktemp("cached") / "nginx", [server.port], proxying=CACHING) as url:
        yield url


@pytest.fixture
def reader(cache: str, server: Server, username: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=cache, headers={"Authorization": f"Token {server.token(username)}"}) as reader:
        yield reader


def seen(answer: httpx.Response, status: int, kept: str) -> bytes:
    assert (answer.status_code, answer.headers["X-Cache"]) == (status, kept), answer.text[:300]
    return answer.content


def test_responses_to_links_are_cached_for_all_clients(reader: httpx.Client) -> None:
    image = with_variants(reader, store(reader)["id"])
    for key, path in (("original", "/image/sample.png/"), ("small", "/image/sample.png/small/")):
        data = seen(reader.get(path), 200, "MISS")
        first = httpx.get(image[key])
        assert seen(first, 200, "MISS") == data
        second = httpx.get(image[key])
        assert seen(second, 200, "HIT") == data
        assert second.headers["ETag"] == first.headers["ETag"]
        assert second.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
        assert seen(httpx.get(image[key], headers={"If-None-Match": first.headers["ETag"]}), 304, "HIT") == b""
        assert seen(reader.get(image[key]), 200, "HIT") == data, "also for a client that sends a token"


def test_ranges_of_cached_responses_to_links_are_correct(reader: httpx.Client) -> None:
    image = store(reader)
    data = reader.get("/image/sample.png/").content
    for span, kept in (((10, 20), "MISS"), ((0, 1), "HIT"), ((100, len(data)), "HIT")):
        start, stop = span
        part = httpx.get(image["original"], headers={"Range": f"bytes={start}-{stop - 1}"})
        assert seen(part, 206, kept) == data[start:stop]
        assert part.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(data)}"
    assert seen(httpx.get(image["original"]), 200, "HIT") == data


def test_only_the_bytes_that_a_public_url_names_are_kept(reader: httpx.Client) -> None:
    id = store(reader)["id"]
    reader.patch(f"/image/{id}/", json={"public": True})
    image = with_variants(reader, id)
    for url in (image["public_url"], image["variants"]["small"]["public_url"]):
        data = seen(httpx.get(url), 200, "MISS")
        assert seen(httpx.get(url, headers={"Range": "bytes=3-9"}), 206, "HIT") == data[3:10]
        assert seen(httpx.get(url), 200, "HIT") == data
        for _ in range(2):
            assert seen(httpx.get(url.partition("?")[0]), 200, "MISS") == data
            assert seen(httpx.get(url[:-1] + "x"), 200, "MISS") == data
    reader.patch(f"/image/{id}/", json={"public": False})
    for _ in range(2):
        seen(httpx.get(image["public_url"].partition("?")[0]), 404, "MISS")


def test_a_variant_and_the_avif_beside_it_are_cached_for_the_clients_that_accept_each(reader: httpx.Client) -> None:
    id = store(reader, encoded(a_photo(640, 480, "RGBA")))["id"]
    reader.patch(f"/image/{id}/", json={"public": True})
    image = with_variants(reader, id)
    for url in (image["small"], image["variants"]["small"]["public_url"]):
        for kept in ("MISS", "HIT"):
            shown = [httpx.get(url, headers={"Accept": accept}) for accept in ("image/avif,*/*", "image/png,*/*")]
            assert [each.headers["Content-Type"] for each in shown] == ["image/avif", "image/png"]
            assert len({seen(each, 200, kept) for each in shown}) == 2
        assert (
            seen(httpx.get(url, headers={"Accept": "image/avif,*/*", "Range": "bytes=3-9"}), 206, "HIT")
            == (shown[0].content[3:10])
        )
        held = {"If-None-Match": shown[1].headers["ETag"]}
        assert seen(httpx.get(url, headers={"Accept": "image/png,*/*", **held}), 304, "HIT") == b""
        assert seen(httpx.get(url, headers={"Accept": "image/avif,*/*", **held}), 200, "HIT") == shown[0].content


def test_responses_to_tokens_are_not_cached(reader: httpx.Client, cache: str, server: Server, username: str) -> None:
    id = store(reader)["id"]
    paths = ("/image/sample.png/", f"/image/{id}/", "/image/")
    mine = [reader.get(path) for path in paths]
    assert {(each.status_code, each.headers["X-Cache"]) for each in mine} == {(200, "MISS")}
    for path in paths:
        seen(httpx.get(cache + path), 401, "MISS")
        seen(reader.get(path), 200, "MISS")
    other = {"Authorization": f"Token {server.token(username + '-other')}"}
    with httpx.Client(base_url=cache, headers=other) as stranger:
        seen(stranger.get("/image/sample.png/"), 404, "MISS")
        seen(stranger.get(f"/image/{id}/"), 404, "MISS")
        assert stranger.get("/image/").json()["count"] == 0
        store(stranger, sample_image(seed=2))
        others = seen(stranger.get("/image/sample.png/"), 200, "MISS")
    assert others != seen(reader.get("/image/sample.png/"), 200, "MISS") == mine[0].content


def test_a_cache_of_what_may_be_kept_passes_other_conditional_reads(
    server: Server, username: str, tmp_path: Path
) -> None:
    token = {"Authorization": f"Token {server.token(username)}"}
    with (
        nginx(tmp_path / "nginx", [server.port], proxying=CACHING_SOME) as url,
        httpx.Client(base_url=url, headers=token) as reader,
    ):
        link = store(reader)["original"]
        whole = reader.get("/image/sample.png/")
        part = reader.get("/image/sample.png/", headers={"Range": "bytes=5-9"})
        assert (part.status_code, part.content) == (206, whole.content[5:10])
        assert reader.get("/image/sample.png/", headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
        public = reader.patch("/image/sample.png/", json={"public": True}).json()["public_url"]
        for opened in (link, public):
            assert [seen(httpx.get(opened), 200, kept) for kept in ("MISS", "HIT")] == [whole.content] * 2
        checked = httpx.get(public.partition("?")[0], headers={"If-None-Match": whole.headers["ETag"]})
        assert (checked.status_code, "X-Cache" in checked.headers) == (304, False)


def test_errors_are_not_cached(reader: httpx.Client, cache: str) -> None:
    seen(reader.get("/image/sample.png/"), 404, "MISS")
    id = store(reader)["id"]
    seen(reader.get("/image/sample.png/"), 200, "MISS")
    assert reader.delete(f"/image/{id}/").status_code == 204
    seen(reader.get("/image/sample.png/"), 404, "MISS")
    for path in ("/health/ready/", "/metrics"):
        for _ in range(2):
            seen(httpx.get(cache + path), 200, "MISS")


def test_a_cached_response_is_not_served_after_its_link_expired(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("expiring")
    with ExitStack() as stack:
        server = stack.enter_context(running(folder, CALOTYPE_HTTP__LINK_LIFETIME="3"))
        cache = stack.enter_context(nginx(folder / "nginx", [server.port], proxying=CACHING))
        token = {"Authorization": f"Token {server.token()}"}
        with httpx.Client(base_url=cache, headers=token) as client:
            link = store(client)["original"]
        expiry = re.search(r"expires=(\d+)", link)
        assert expiry
        data = seen(httpx.get(link), 200, "MISS")
        assert seen(httpx.get(link), 200, "HIT") == data
        time.sleep(max(0.0, int(expiry[1]) + 1 - time.time()))
        assert httpx.get(link).status_code == 403
