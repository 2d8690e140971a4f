"""A service whose blobs are in an S3 store: what its clients see, also during an outage of the store."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers import programs
from kit.servers.calotype import Server, running
from kit.servers.object_stores import ObjectStores, as_settings
from kit.servers.proxies.faulty_proxy import FaultyProxy, ProxyMode, faulty_proxy

SAMPLE = sample_image(width=500, height=400)


@pytest.fixture(scope="module")
def proxy(object_stores: ObjectStores) -> Iterator[FaultyProxy]:
    with faulty_proxy(object_stores.usual.endpoint) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def settings(object_stores: ObjectStores, proxy: FaultyProxy) -> dict[str, str]:
    """The service reaches the store through the proxy; browsers reach it directly."""
    bucket = object_stores.usual.make_bucket()
    return as_settings(replace(bucket, endpoint=proxy.address, public_endpoint=f"http://{bucket.endpoint}"))


@pytest.fixture(scope="module")
def streaming(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("streaming"), **settings) as server:
        yield server


@pytest.fixture(scope="module")
def redirecting(streaming: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another server on the same database and the same store."""
    with running(streaming.folder, **streaming.settings, CALOTYPE_HTTP__DELIVERY="redirect") as server:
        yield server


@pytest.fixture
def stored(streaming: Server, username: str) -> Iterator[dict[str, Any]]:
    with streaming.client(streaming.token(username)) as client:
        answer = client.post("/image/", files={"original": ("caf\u00e9.png", SAMPLE)})
        assert answer.status_code == 201, answer.text
        image = answer.json()
        for _ in range(200):
            if image["small"] and image["medium"]:
                break
            time.sleep(0.05)
            image = client.get(f"/image/{image['id']}/").json()
        yield image


def test_the_urls_of_an_image_open_it_directly_at_the_store_without_a_token(
    streaming: Server, stored: dict[str, Any]
) -> None:
    for key in ("original", "small", "medium"):
        assert streaming.url not in stored[key]
        shown = httpx.get(stored[key])
        assert shown.status_code == 200, shown.text
        assert shown.headers["content-type"].startswith("image/")
        assert "filename*=UTF-8''caf%C3%A9" in shown.headers["content-disposition"]
    assert len(httpx.get(stored["original"]).content) == stored["size"]


def opens(link: str) -> bool:
    return httpx.get(link).status_code == 200


def dead_after(links: list[str]) -> float:
    """After how many seconds no link opens anything; a stalled machine may need more than the store."""
    began = time.monotonic()
    while any(opens(link) for link in links):
        assert time.monotonic() < began + 10, "a link still opens the bytes of a deleted image"
        time.sleep(0.02)
    return time.monotonic() - began


def test_no_link_to_a_deleted_image_opens_its_bytes_at_the_store(
    streaming: Server, stored: dict[str, Any], username: str
) -> None:
    links = [stored[key] for key in ("original", "small", "medium")]
    with streaming.client(streaming.token(username)) as client:
        other = sample_image(width=500, height=400, seed=7)
        replaced = client.patch(f"/image/{stored['id']}/", files={"original": ("other.png", other)}).json()
        assert all(opens(link) for link in [*links, replaced["original"]]), "a link opens the bytes it was made for"
        assert client.delete(f"/image/{stored['id']}/").status_code == 204
        took = dead_after([*links, replaced["original"]])
    print(f"\nthe links were dead {took:.2f} s after the answer")


@pytest.mark.parametrize("mode", [ProxyMode.DOWN, ProxyMode.HANGING])
def test_an_image_is_deleted_while_the_store_does_not_answer(
    streaming: Server, stored: dict[str, Any], proxy: FaultyProxy, username: str, mode: ProxyMode
) -> None:
    with streaming.client(streaming.token(username)) as client:
        proxy.mode = mode
        try:
            began = time.monotonic()
            assert client.delete(f"/image/{stored['id']}/").status_code == 204
            took = time.monotonic() - began
        finally:
            proxy.mode = ProxyMode.PASSING
        assert took < 15, "it does not wait until the store's own deadline"
        assert client.get(f"/image/{stored['id']}/").status_code == 404
    assert opens(stored["original"]), "until the sweep"


def test_two_lists_one_second_apart_have_the_same_urls(
    streaming: Server, stored: dict[str, Any], username: str
) -> None:
    with streaming.client(streaming.token(username)) as client:
        while time.time() % 3600 > 3598:  # just before the signing window of links ends
            time.sleep(0.1)
        first = client.get("/image/").content
        time.sleep(1.1)
        assert client.get("/image/").content == first
    assert stored["original"].encode() in first


def test_the_service_streams_the_bytes_to_requests_with_a_token(
    streaming: Server, stored: dict[str, Any], username: str
) -> None:
    with streaming.client(streaming.token(username)) as client:
        whole = client.get(f"/image/{stored['name']}/")
        assert (whole.status_code, len(whole.content)) == (200, stored["size"])
        assert whole.headers["etag"] == f'"{stored["sha256"]}"'
        part = client.get(f"/image/{stored['name']}/", headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, whole.content[10:20])
        head = client.head(f"/image/{stored['name']}/")
        assert (head.status_code, head.headers["content-length"]) == (200, str(stored["size"]))
        unchanged = client.get(f"/image/{stored['name']}/", headers={"If-None-Match": whole.headers["etag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert client.get(f"/image/{stored['name']}/small/").status_code == 200


def test_the_service_redirects_requests_with_a_token_to_the_store_if_set(
    redirecting: Server, stored: dict[str, Any], username: str
) -> None:
    with redirecting.client(redirecting.token(username)) as client:
        address = f"/image/{stored['name']}/"
        sent = client.get(address)
        assert (sent.status_code, sent.headers["location"]) == (302, stored["original"])
        assert sent.headers["cache-control"] == "no-store", "the link in the redirect expires soon"
        assert sent.headers.keys().isdisjoint({"etag", "last-modified"})
        followed = client.get(address, follow_redirects=True)
        assert len(followed.content) == stored["size"]
        part = client.get(address, headers={"Range": "bytes=10-19"}, follow_redirects=True)
        assert (part.status_code, part.content) == (206, followed.content[10:20])
        head = client.head(address)
        assert (head.status_code, head.headers["content-length"]) == (200, str(stored["size"]))
        tag = {"If-None-Match": f'"{stored["sha256"]}"'}
        assert client.get(address, headers=tag).status_code == 304
        assert client.get(f"{address}small/").headers["location"] == stored["small"]
        # The store has entity tags of its own, so the service answers requests conditional on ours.
        assert client.get(address, headers={"If-Match": tag["If-None-Match"]}).content == followed.content
        assert client.get(address, headers={"If-Match": '"other"'}).status_code == 412


def test_public_images_are_sent_by_the_service_itself(
    redirecting: Server, stored: dict[str, Any], username: str
) -> None:
    with redirecting.client(redirecting.token(username)) as client:
        path = f"/image/{stored['id']}/"
        client.patch(path, json={"public": True})
        for host in ("a.example.org", "b.example.org"):
            public = client.get(path, headers={"Host": host}).json()
            urls = [public["public_url"], public["variants"]["small"]["public_url"]]
            assert all(url.startswith(f"http://{host}/p/") for url in urls)
    for url, link in zip(urls, (stored["original"], stored["small"]), strict=True):
        sent = httpx.get(redirecting.url + url.removeprefix("http://b.example.org"))
        assert (sent.status_code, sent.content) == (200, httpx.get(link).content)


def test_an_outage_of_the_store_is_named_and_loses_no_acknowledged_upload(
    streaming: Server, proxy: FaultyProxy, username: str
) -> None:
    acknowledged: dict[str, str] = {}
    answers: set[int] = set()
    stop = threading.Event()
    token = streaming.token(username)

    def upload_on_and_on(number: int) -> None:
        seed = number * 1000
        with streaming.client(token) as client:
            while not stop.is_set():
                seed += 1
                image = sample_image(width=120, height=90, seed=seed)
                answer = client.post("/image/", files={"original": (f"{seed}.png", image)})
                answers.add(answer.status_code)
                if answer.status_code == 201:
                    acknowledged[answer.json()["name"]] = answer.json()["sha256"]

    uploads = [threading.Thread(target=upload_on_and_on, args=(number,)) for number in range(2)]
    for thread in uploads:
        thread.start()
    try:
        time.sleep(1)
        for mode in (ProxyMode.DOWN, ProxyMode.CUTTING, ProxyMode.BUSY):
            proxy.mode = mode
            time.sleep(2.5)
            if mode is ProxyMode.DOWN:
                ready = httpx.get(f"{streaming.url}/health/ready/", timeout=10)
                assert ready.status_code == 503
                assert ready.json()["failing"] == {"storage": "blob-store-unavailable"}
                assert ready.headers["retry-after"]
                assert httpx.get(f"{streaming.url}/health/live/").status_code == 200
            proxy.mode = ProxyMode.PASSING
            time.sleep(1)
    finally:
        proxy.mode = ProxyMode.PASSING
        stop.set()
        for thread in uploads:
            thread.join(60)
    assert answers <= {201, 503}
    assert httpx.get(f"{streaming.url}/health/ready/", timeout=10).status_code == 200
    with streaming.client(streaming.token(username)) as client:
        for name, digest in acknowledged.items():
            shown = client.get(f"/image/{name}/")
            assert (shown.status_code, shown.headers["etag"]) == (200, f'"{digest}"')
    assert len(acknowledged) > 5


def test_a_long_outage_of_the_store_is_a_503_with_retry_after(
    streaming: Server, stored: dict[str, Any], proxy: FaultyProxy, username: str
) -> None:
    proxy.mode = ProxyMode.DOWN
    try:
        with streaming.client(streaming.token(username)) as client:
            refused = client.get(f"/image/{stored['name']}/")
            assert client.get(f"/image/{stored['id']}/").status_code == 200, (
                "the description of the image is in the database"
            )
    finally:
        proxy.mode = ProxyMode.PASSING
    assert refused.status_code == 503
    assert refused.headers["calotype-error"] == "blob-store-unavailable"
    assert refused.headers["retry-after"]


def test_a_server_started_before_its_store_becomes_ready_with_the_store(
    object_stores: ObjectStores, tmp_path: Path
) -> None:
    bucket = object_stores.usual.make_bucket()
    with faulty_proxy(bucket.endpoint) as proxy:
        proxy.mode = ProxyMode.DOWN
        server = Server(tmp_path, as_settings(replace(bucket, endpoint=proxy.address)))
        server.start(ready=False)
        try:
            waiting = httpx.get(f"{server.url}/health/ready/", timeout=10)
            assert waiting.status_code == 503
            assert set(waiting.json()["failing"]) == {"storage", "opening"}
            for path in ("/image/", f"/p/{'0' * 22}.png"):
                refused = httpx.get(server.url + path, headers={"Authorization": "Token x"}, timeout=10)
                assert (refused.status_code, refused.headers["calotype-error"]) == (503, "blob-store-unavailable")
                assert refused.headers["retry-after"]
            proxy.mode = ProxyMode.PASSING
            server.wait_until_ready()
            with server.client(server.token()) as client:
                assert client.post("/image/", files={"original": ("a.png", SAMPLE)}).status_code == 201
        finally:
            server.stop()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"ENDPOINT": "127.0.0.1:1"}, "blob-store-unavailable"),
        ({"SECRET_KEY": "wrong"}, "blob-store-access-denied"),
        ({"ACCESS_KEY": "nobody"}, "blob-store-access-denied"),
        ({"BUCKET": "no-such-bucket"}, "bucket-missing"),
    ],
)
def test_the_doctor_reports_what_is_wrong_with_the_store(
    settings: dict[str, str], streaming: Server, wrong: dict[str, str], code: str
) -> None:
    broken = {f"CALOTYPE_STORAGE__{name}": value for name, value in wrong.items()}
    patient = Server(streaming.folder, {**settings, **broken})
    ended = patient.run("doctor", "--json", check=False)
    assert ended.returncode == 69
    finding = next(line for line in ended.stdout.decode().splitlines() if code in line)
    assert finding


def test_a_wrong_clock_is_reported(settings: dict[str, str], streaming: Server) -> None:
    late = Server(streaming.folder, settings)
    ended = late.run("doctor", check=False, under=programs.two_hours_ahead())
    assert ended.returncode == 69
    assert "clocks-differ" in ended.stdout.decode()
