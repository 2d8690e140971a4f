"""Images that expire, against real servers."""

import time
from pathlib import Path
from typing import Any

import httpx

from kit.servers.calotype import Server, running
from kit.servers.requests import store, with_variants

LASTING = 3  # seconds


def expiring(client: httpx.Client) -> Any:
    image = with_variants(client, store(client)["id"])
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + LASTING))
    answer = client.patch(f"/image/{image['id']}/", json={"public": True, "expires_at": at})
    assert answer.status_code == 200, answer.text
    return answer.json()


def seen(client: httpx.Client, image: Any) -> list[int]:
    mine = [f"/image/{image['id']}/", "/image/sample.png/", f"/image/{image['id']}/small/"]
    public = [image["public_url"], image["variants"]["small"]["public_url"]]
    return [*(client.get(path).status_code for path in mine), *(httpx.get(url).status_code for url in public)]


def test_from_that_moment_on_nobody_sees_the_image(client: httpx.Client) -> None:
    image = expiring(client)
    assert seen(client, image) == [200] * 5
    time.sleep(LASTING)
    assert seen(client, image) == [404] * 5


def test_an_expired_image_is_deleted_and_its_links_with_it(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.client(server.token()) as client:
        image, kept = expiring(client), store(client, name="kept.png")
        assert httpx.get(image["original"]).status_code == 200
        blobs = _blobs(server)
    time.sleep(LASTING)
    restarted = Server(tmp_path, port=server.port).start()
    try:
        with restarted.client(restarted.token()) as client:
            until = time.monotonic() + 60
            while client.get("/image/").json()["count"] > 1 and time.monotonic() < until:
                time.sleep(0.1)
            assert [each["id"] for each in client.get("/image/").json()["results"]] == [kept["id"]]
            for key in ("original", "small", "medium"):
                assert httpx.get(image[key]).status_code == 404
        assert blobs - _blobs(restarted)
    finally:
        restarted.stop()


def _blobs(server: Server) -> set[str]:
    return {file.name for file in (server.folder / "calotype-data" / "blobs").glob("??/*")}
