"""The hot path answers requests for single images without the framework, and with the same answers."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from litestar.types import Receive, Scope, Send

from domain.errors import CalotypeError
from domain.model.images.details import ImageDetails, Slug
from entrypoints.configuration.loading import load_settings
from entrypoints.container import make_application
from entrypoints.http.app import image_endpoints, public_endpoints
from entrypoints.http.hot_path import HotPath
from entrypoints.http.metrics.figures import Metrics
from entrypoints.http.protocol.problems import raise_noted_failure
from entrypoints.running import Startup, opened
from kit.fixtures.entities import a_draft
from kit.servers.calotype import Server
from kit.servers.requests import last_modified, store, with_variants


def answer_of(client: httpx.Client, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, object, bytes]:
    answer = client.request(method, path, headers=headers)
    sent = {name: value for name, value in answer.headers.items() if name not in ("date", "x-request-id")}
    sent["cache-control"] = re.sub(r"\d+", "N", sent.get("cache-control", ""))  # the remaining lifetime of a link
    return answer.status_code, sent, answer.content


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_hot_path_answers_like_the_routes(server: Server, client: httpx.Client, username: str, method: str) -> None:
    image = with_variants(client, store(client)["id"])
    for path in ("/image/sample.png", "/image/sample.png/medium", "/image/sample.png/small"):
        last_modified(client, path)
    link = image["original"].removeprefix(server.url)
    described = client.get(f"/image/{image['id']}/").headers["ETag"]
    paths = [
        f"/image/{image['id']}/", f"/image/{image['id']}", f"/image/{image['id']}/small/", "/image/sample.png/",
        "/image/sample.png/medium", "/image/sample.png/poster/", link, f"{link}&format=json", f"{link[:-3]}xyz",
        link.replace("/?", "/small/?"), "/image/other.png/", "/image/0/", f"/image/{10**30}/", "/image/%00.png/",
        "/image/sample.png/small/large/",
    ]  # fmt: skip
    conditions: list[dict[str, str]] = [
        {},
        {"If-None-Match": f'"{image["sha256"]}"'},
        {"If-None-Match": described},
        {"If-Match": described},
        {"If-Match": '"other"'},
        {"Range": "bytes=1-3"},
        {"Range": f"bytes={image['size']}-"},
        {"Range": "bytes=0-1,3-4"},
        {"Authorization": "Token nonsense"},
        {"Authorization": ""},
    ]
    issued = server.call("keys", "issue", username, "--name", "writer", "--scope", "write", "--json").stdout
    conditions.append({"Authorization": f"Token {json.loads(issued)['token']}"})
    for path in paths:
        for headers in conditions:
            hot = answer_of(client, method, path, headers)
            # Only the framework accepts a double slash, so this request is answered by the routes.
            assert hot == answer_of(client, method, f"{server.url}/{path}", headers), (path, headers)


def test_the_hot_path_is_counted_like_the_routes(server: Server, client: httpx.Client) -> None:
    image = store(client)

    def counted() -> float:
        line = 'calotype_requests_total{method="GET",route="/image/{reference}",status="200"} '
        lines = client.get("/metrics").text.splitlines()
        return next((float(each.removeprefix(line)) for each in lines if each.startswith(line)), 0.0)

    before = counted()
    client.get(f"/image/{image['id']}/")
    client.get(f"{server.url}//image/{image['id']}/")
    assert counted() == before + 2


def test_a_change_of_a_cached_image_is_seen_by_the_next_request(
    server: Server, client: httpx.Client, username: str
) -> None:
    image = store(client)
    issued = json.loads(server.call("keys", "issue", username, "--name", "short", "--json").stdout)
    with server.client(issued["token"]) as other:

        def seen() -> tuple[int, int]:
            paths = (f"/image/{image['id']}/", "/image/sample.png/")
            first, second = (other.get(path).status_code for path in paths)
            return first, second

        for _ in range(3):
            assert seen() == (200, 200)
        client.delete(f"/image/{image['id']}/")
        assert seen() == (404, 404)
        server.call("keys", "revoke", str(issued["key"]["id"]))
        assert seen() == (401, 401)


@pytest.mark.anyio
async def test_the_hot_path_bypasses_the_routes(tmp_path: Path) -> None:
    app = make_application(load_settings(None, {"CALOTYPE_STORAGE__DATA": str(tmp_path)}))
    asked: list[str] = []
    noted: list[str] = []

    async def routes(scope: Scope, _receive: Receive, _send: Send) -> None:
        asked.append(scope["path"])
        try:
            raise_noted_failure(scope)
        except CalotypeError as error:
            noted.append(error.code)

    async with opened(app, upgrade=True):
        issued = await app.access.get_default_key("ada", create=True)
        async with app.parts.database.units.writing() as unit:
            draft = a_draft(issued.key.user, "a.jpg")
            image = await unit.images.add(replace(draft, details=ImageDetails(slug=Slug("s" * 22))))
            await unit.commit()
        metrics = Metrics()
        endpoints = image_endpoints(app, metrics)
        application = HotPath(
            routes,
            endpoints,
            public_endpoints(app, endpoints.delivery),
            Startup(app, upgrade=False),
            metrics,
        )
        transport = httpx.ASGITransport(cast("Any", application))  # httpx types messages more loosely
        headers = {"Authorization": f"Token {issued.token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://calotype", headers=headers) as client:
            assert (await client.get(f"/image/{image.id}/")).json()["name"] == "a.jpg"
            tag = f'"{image.original.facts.digest}"'
            assert (await client.get("/image/a.jpg", headers={"If-None-Match": tag})).status_code == 304
            public = f"/p/{'s' * 22}.jpg"
            assert (await client.get(public, headers={"If-None-Match": tag})).status_code == 304
            assert asked == []
            paths = ["/image/", "/image/b.jpg/", "/health/live/", public.replace("s", "t"), f"{public}/", "/p/"]
            for path in paths:
                with pytest.raises(AssertionError):  # no route answers
                    await client.get(path)
            assert asked == paths
            assert noted == ["image-not-found"] * 2, "the routes do not repeat a request that the hot path answered"
