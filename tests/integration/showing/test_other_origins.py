"""Pages of other origins: which of them may use the service, and with which headers it says so."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from kit.images.codecs import opened
from kit.images.samples import sample_image
from kit.servers.browser import Page, page
from kit.servers.calotype import Server, running
from kit.servers.requests import SAMPLE, store, with_variants

ROCKET = Path(__file__).parents[2] / "vectors" / "rocket.png"
ALLOWED = "https://app.example.org"
OTHER = "https://other.example.org"
SMALL_FILES = {"CALOTYPE_IMAGES__LARGEST_FILE": "100000"}
EXPOSED = {
    "Calotype-Error",
    "Calotype-Ignored",
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Location",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "X-Request-ID",
}


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with page(tmp_path_factory.mktemp("browser")) as foreign:
        yield foreign


@pytest.fixture(scope="module")
def sharing(foreign: Page, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that allows two origins, one of them that of the page."""
    origins = {"CALOTYPE_HTTP__CORS_ORIGINS": f"{ALLOWED}, {foreign.origin}"}
    with running(
        tmp_path_factory.mktemp("sharing"), **SMALL_FILES, **origins, CALOTYPE_VARIANTS__SMALL__AVIF="true"
    ) as server:
        yield server


@pytest.fixture(scope="module")
def open_to_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("open"), **SMALL_FILES, CALOTYPE_HTTP__CORS_ORIGINS="*") as server:
        yield server


# Browsers

USE_IT = """
const api = (path, options = {}) =>
    fetch(SERVER + path, {...options, headers: {Authorization: `Token ${TOKEN}`, ...options.headers}});
const shown = (url, crossOrigin) => new Promise((resolve, reject) => {
    const image = new Image();
    if (crossOrigin) image.crossOrigin = crossOrigin;
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error(`not shown: ${crossOrigin ?? "embedded"}`));
    image.src = url;
});
const pixel = image => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return [...context.getImageData(0, 0, 1, 1).data];
};
"""

UPLOAD_LIST_AND_DRAW = """
const form = new FormData();
form.append("original", new Blob([Uint8Array.from(atob(SAMPLE), c => c.charCodeAt(0))]), "page.png");
const stored = await api("/image/", {method: "POST", body: form, headers: {"Idempotency-Key": "from-a-page"}});
const image = await stored.json();
const list = await (await api("/image/?limit=1")).json();
await shown(image.original);                          // from the browser's cache, the next one could not be read
const drawn = pixel(await shown(image.original, "anonymous"));
const part = await fetch(image.original, {headers: {Range: "bytes=0-3"}});
const changed = await api(`/image/${image.id}/`, {method: "PUT", body: form, headers: {"If-Match": '"other"'}});
const refused = await fetch(SERVER + "/image/", {method: "POST", body: form});
const removed = await api(`/image/${image.id}/`, {method: "DELETE"});
return {
    statuses: [stored, part, changed, refused, removed].map(each => each.status),
    tag: stored.headers.get("ETag") === `"${image.sha256}"`,
    location: stored.headers.get("Location") === `${SERVER}/image/${image.id}/`,
    range: part.headers.get("Content-Range"), error: refused.headers.get("Calotype-Error"),
    listed: list.results.map(each => each.name), drawn,
};
"""


def in_page(foreign: Page, server: Server, script: str, **values: str) -> Any:
    given = {"SERVER": server.url, "TOKEN": server.token(), **values}
    constants = "".join(f"const {name} = {json.dumps(value)};" for name, value in given.items())
    return foreign.run(constants + USE_IT + script)


def test_a_page_of_an_allowed_origin_uploads_lists_and_draws(foreign: Page, sharing: Server) -> None:
    sample = sample_image(seed=3, width=40, height=30)
    found = in_page(foreign, sharing, UPLOAD_LIST_AND_DRAW, SAMPLE=base64.b64encode(sample).decode())
    assert isinstance(found, dict), found
    assert found.pop("range").startswith("bytes 0-3/")
    assert found.pop("drawn")[3] == 255
    assert found == {
        "statuses": [201, 206, 412, 401, 204],
        "tag": True,
        "location": True,
        "error": "not-authenticated",
        "listed": ["page.png"],
    }


DRAW_ALL = """
const image = await shown(LINK, "anonymous");
const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext("2d");
context.drawImage(image, 0, 0);
return [image.width, image.height, ...context.getImageData(0, 0, image.width, image.height).data];
"""


def test_a_browser_draws_the_avif_beside_a_variant(foreign: Page, sharing: Server) -> None:
    with sharing.client(sharing.token()) as client:
        link = with_variants(client, store(client, ROCKET.read_bytes(), "rocket.png")["id"])["small"]
    width, height, *samples = in_page(foreign, sharing, DRAW_ALL, LINK=link)
    drawn = np.array(samples, np.int16).reshape(height, width, 4)[..., :3]
    plain, avif = (httpx.get(link, headers={"Accept": accept}) for accept in ("image/*", "image/avif"))
    assert avif.headers["Content-Type"] == "image/avif"
    assert avif.headers["Vary"] == "Accept, Origin"
    ours, others = (np.asarray(opened(each.content).convert("RGB"), np.int16) for each in (avif, plain))
    assert np.abs(drawn - ours).max() <= 3
    assert np.abs(drawn - others).max() > 3, "the browser was sent the file for clients that cannot show AVIF"


def test_a_page_of_another_origin_can_only_embed_images(foreign: Page, server: Server, client: httpx.Client) -> None:
    link = store(client)["original"]
    embedded = "const image = await shown(LINK); return image.width;"
    assert in_page(foreign, server, embedded, LINK=link) == 200
    assert "not shown: anonymous" in in_page(foreign, server, "await shown(LINK, 'anonymous');", LINK=link)
    assert "TypeError" in in_page(foreign, server, "await api('/image/');")


# Headers


def shares(answer: httpx.Response) -> str | None:
    """The origin whose pages may read this response; checks that it has the other headers then, and only then."""
    origin: str | None = answer.headers.get("Access-Control-Allow-Origin")
    exposed = answer.headers.get("Access-Control-Expose-Headers")
    assert exposed is None if origin is None else set(exposed.split(", ")) == EXPOSED
    assert "Access-Control-Allow-Credentials" not in answer.headers
    return origin


def answers(server: Server, origin: str | None) -> Iterator[httpx.Response]:
    """One response of each kind to a request from a page of ``origin``."""
    with server.client(server.token()) as client:
        image = with_variants(client, store(client)["id"])
        path, named, link = f"/image/{image['id']}/", f"/image/{image['name']}/", image["original"]
        tag = {"If-None-Match": f'"{image["sha256"]}"'}
        described = {"If-None-Match": client.get(path).headers["ETag"]}
        if origin is not None:
            client.headers["Origin"] = origin
        nobody = {"Authorization": "Token wrong"}
        form = {"original": ("a.png", SAMPLE)}
        large = {"original": ("a.png", bytes(300_000))}
        for status, method, url, headers, files in (
            (200, "GET", path, {}, None),
            (200, "GET", path, {}, None),  # again, from the cache of descriptions
            (304, "GET", path, described, None),
            (200, "HEAD", path, {}, None),
            (200, "GET", named, {}, None),  # the file, then memory
            (200, "GET", named, {}, None),
            (200, "GET", named, {}, None),
            (304, "GET", named, tag, None),
            (200, "GET", link, {}, None),
            (304, "GET", link, tag, None),
            (206, "GET", link, {"Range": "bytes=0-3"}, None),
            (416, "GET", link, {"Range": "bytes=999999-"}, None),
            (403, "GET", link[:-3] + "abc", {}, None),
            (412, "GET", named, {"If-Match": '"other"'}, None),
            (404, "GET", "/image/0/", {}, None),
            (401, "GET", path, nobody, None),
            (401, "GET", "/image/", nobody, None),
            (200, "GET", "/image/?limit=1", {}, None),
            (400, "GET", "/image/?type=nonsense", {}, None),
            (201, "POST", "/image/", {}, form),
            (401, "POST", "/image/", nobody, form),
            (401, "POST", "/image/", nobody, large),
            (413, "POST", "/image/", {}, large),
            (415, "POST", "/image/", {"Content-Type": "text/plain"}, None),
            (422, "POST", "/image/", {}, {"original": ("a.png", b"none")}),
            (404, "GET", "/nothing/", {}, None),
            (405, "DELETE", "/image/", {}, None),
            (204, "OPTIONS", "/image/", {}, None),  # not a preflight
            (200, "GET", "/health/live/", {}, None),
            (200, "GET", "/docs/", {}, None),
            (200, "GET", "/schema/openapi.json", {}, None),
            (204, "DELETE", path, {}, None),
        ):
            answer = client.request(method, url, headers=headers, files=files)
            assert answer.status_code == status, (method, url, answer.text)
            yield answer


def test_every_response_names_the_origin_that_may_read_it(sharing: Server) -> None:
    for origin, seen in ((ALLOWED, ALLOWED), (OTHER, None), (None, None), ("null", None)):
        for answer in answers(sharing, origin):
            assert shares(answer) == seen, (origin, answer)
            varying = answer.headers["Vary"].split(", ")
            assert varying.count("Origin") == len(answer.headers.get_list("Vary")) == 1
            if "private" in answer.headers.get("Cache-Control", ""):
                assert varying == ["Authorization", "Origin"]


def test_if_every_origin_is_allowed_no_response_depends_on_it(open_to_all: Server) -> None:
    for answer in answers(open_to_all, OTHER):
        assert shares(answer) == "*"
        assert "Origin" not in answer.headers.get("Vary", "")


def test_without_the_setting_no_header_tells_of_origins(server: Server, client: httpx.Client) -> None:
    path = f"/image/{store(client)['id']}/"
    plain = client.get(path)
    asked = client.get(path, headers={"Origin": OTHER})
    assert asked.headers.keys() == plain.headers.keys()
    assert asked.headers["Vary"] == "Authorization"
    preflight = httpx.options(server.url + path, headers={"Origin": OTHER, "Access-Control-Request-Method": "PUT"})
    assert not [name for name in preflight.headers if name.startswith("access-control")]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_preflight_allows_every_method_and_header(sharing: Server, open_to_all: Server, method: str) -> None:
    wanted = "authorization, content-type, idempotency-key, if-match, range, x-requested-with"
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": wanted}
    for server, allowed in ((sharing, ALLOWED), (open_to_all, "*")):
        answer = httpx.options(f"{server.url}/image/", headers={"Origin": ALLOWED, **asked})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (204, allowed)
        assert method in answer.headers["Access-Control-Allow-Methods"].split(", ")
        listed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert set(wanted.split(", ")) <= set(listed)
        assert "Access-Control-Allow-Credentials" not in answer.headers
    refused = httpx.options(f"{sharing.url}/image/", headers={"Origin": OTHER, **asked})
    assert (refused.status_code, refused.headers.get("Access-Control-Allow-Origin")) == (400, None)
