"""Cache headers, checked by REDbot, which also sends conditional and range requests."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.model.pixels.media import ImageFormat
from kit.images.samples import sample_image
from kit.servers.calotype import Server
from kit.servers.requests import last_modified, store, with_variants

DROID = Path(__file__).parents[2] / "kit" / "servers" / "redbot_notes.py"
BYTES = {"asked": 200, "conneg": 200, "range": 206, "etag_validate": 304, "lm_validate": 304}
OBJECT = {"asked": 200, "conneg": 200, "etag_validate": 304}
# The statuses that REDbot must see for each kind of request, including the requests that it adds.
KINDS = {
    "image by token": BYTES,
    "image by link": BYTES,
    "variant by token": BYTES,
    "variant by link": BYTES,
    "public image": BYTES,
    "public image of a version": BYTES,
    "public variant": BYTES,
    "no such public image": {"asked": 404, "conneg": 404},
    "image object": OBJECT,
    "list": OBJECT,
    "page of the list": OBJECT,
    "part": {"asked": 206, "etag_validate": 304, "lm_validate": 304},
    "several parts": {"asked": 200, "conneg": 200, "etag_validate": 304, "lm_validate": 304},
    "only headers": {"asked": 200, "conneg": 200, "etag_validate": 304, "lm_validate": 304},
    "unchanged image": {"asked": 304, "conneg": 304},
    "unchanged list": {"asked": 304, "conneg": 304},
    "no such image": {"asked": 404, "conneg": 404},
    "no such variant": {"asked": 404, "conneg": 404},
    "no such route": {"asked": 404, "conneg": 404},
    "no such method": {"asked": 405, "conneg": 405},
    "no token": {"asked": 401, "conneg": 401},
    "altered link": {"asked": 403, "conneg": 403},
    "part outside": {"asked": 416, "conneg": 416},
    "unmet condition": {"asked": 412},
    "live": {"asked": 200, "conneg": 200},
    "ready": {"asked": 200, "conneg": 200},
    "docs": {"asked": 200, "conneg": 200},
    "openapi": {"asked": 200, "conneg": 200},
    "metrics": {"asked": 200, "conneg": 200},
}

# Without "public", a shared cache may not store the response to a request that has a token (RFC 9111, section 3.5).
NEEDED_PUBLIC = "STORE_PUBLIC_UNNECESSARY"


@pytest.fixture(scope="module")
def noted(server: Server) -> Any:
    """The findings of REDbot, by kind of request."""
    token = {"Authorization": f"Token {server.token('user-of-redbot')}"}
    with httpx.Client(base_url=server.url, headers=token, timeout=60) as client:
        id = store(client, sample_image(ImageFormat.JPEG, 1600, 1200), "big.jpg")["id"]
        client.patch(f"/image/{id}/", json={"public": True})
        image = with_variants(client, id)
        for path in ("/image/big.jpg/", "/image/big.jpg/small/", "/image/big.jpg/medium/"):
            last_modified(client, path)
        tag, list_tag = (client.get(path).headers["ETag"] for path in ("/image/big.jpg/", "/image/"))
    by_token = {"url": f"{server.url}/image/big.jpg/", "headers": token}
    pages = {"url": f"{server.url}/image/", "headers": token}

    def given(request: dict[str, Any], **headers: str) -> dict[str, Any]:
        return {**request, "headers": {**token, **{name.replace("_", "-"): value for name, value in headers.items()}}}

    asked = {
        "image by token": by_token,
        "image by link": {"url": image["original"]},
        "variant by token": {**by_token, "url": f"{server.url}/image/big.jpg/small/"},
        "variant by link": {"url": image["medium"]},
        "public image": {"url": image["public_url"].partition("?")[0]},
        "public image of a version": {"url": image["public_url"]},
        "public variant": {"url": image["variants"]["small"]["public_url"]},
        "no such public image": {"url": f"{server.url}/p/{'0' * 22}.jpg"},
        "image object": {**by_token, "url": f"{server.url}/image/{image['id']}/"},
        "list": pages,
        "page of the list": {**pages, "url": f"{server.url}/image/?limit=1"},
        "part": given(by_token, Range="bytes=0-9"),
        "several parts": given(by_token, Range="bytes=0-9,20-29"),
        "only headers": {**by_token, "method": "HEAD"},
        "unchanged image": given(by_token, If_None_Match=tag),
        "unchanged list": given(pages, If_None_Match=list_tag),
        "no such image": {**by_token, "url": f"{server.url}/image/none.jpg/"},
        "no such variant": {**by_token, "url": f"{server.url}/image/big.jpg/none/"},
        "no such route": {"url": f"{server.url}/nope/"},
        "no such method": {"url": f"{server.url}/image/", "method": "PUT"},
        "no token": {"url": by_token["url"]},
        "altered link": {"url": image["original"][:-3] + "abc"},
        "part outside": given(by_token, Range="bytes=999999999-"),
        "unmet condition": {**given(by_token, If_Match='"other"'), "method": "DELETE"},
        "live": {"url": f"{server.url}/health/live/"},
        "ready": {"url": f"{server.url}/health/ready/"},
        "docs": {"url": f"{server.url}/docs/"},
        "openapi": {"url": f"{server.url}/schema/openapi.json"},
        "metrics": {"url": f"{server.url}/metrics"},
    }
    ended = subprocess.run([sys.executable, str(DROID)], input=json.dumps(asked), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.parametrize("kind", KINDS)
def test_redbot_finds_no_problem(noted: Any, kind: str) -> None:
    found = noted[kind]
    assert found["error"] is None
    assert found["statuses"].items() >= KINDS[kind].items()
    problems = [note for level, note in found["notes"] if level in {"BAD", "WARN"} and NEEDED_PUBLIC not in note]
    assert problems == []


def test_an_unchanged_list_is_a_304(client: httpx.Client) -> None:
    store(client)
    first = client.get("/image/")
    again = client.get("/image/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    store(client, name="other.png")
    assert client.get("/image/", headers={"If-None-Match": first.headers["ETag"]}).json()["count"] == 2


def test_cache_headers(client: httpx.Client, server: Server) -> None:
    image = store(client)
    for path in ("/image/", f"/image/{image['id']}/", "/image/sample.png/"):
        first = client.get(path)
        unchanged = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert unchanged.status_code == 304
        for answer in (first, unchanged):
            assert answer.headers["Cache-Control"] == "private, no-cache"
            assert answer.headers["Vary"] == "Authorization"
    link = httpx.get(image["original"])
    assert "Vary" not in link.headers, "the answer to a link does not depend on the token"
    assert "private" not in link.headers["Cache-Control"]
    for answer in (
        client.get("/image/none.png/"),
        client.get("/image/sample.png/", headers={"Range": "bytes=999999999-"}),
        client.delete("/image/sample.png/", headers={"If-Match": '"other"'}),
        httpx.get(f"{server.url}/image/sample.png/"),
        httpx.get(image["original"][:-3] + "abc"),
        httpx.get(f"{server.url}/health/ready/"),
    ):
        assert answer.headers["Cache-Control"] == "no-store", answer.request.url
