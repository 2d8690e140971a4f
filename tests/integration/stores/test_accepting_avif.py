"""Variants with an AVIF beside them, which clients get that name image/avif in Accept: on every store and way of delivery."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from domain.model.pixels.media import ImageFormat
from kit.images.codecs import a_photo, encoded
from kit.servers.calotype import Server, running
from kit.servers.object_stores import ObjectStores, as_settings
from kit.servers.proxies.nginx import nginx
from kit.servers.requests import last_modified, store, with_variants

LOCATION = (Path(__file__).parents[3] / "deploy" / "nginx-blobs.conf").read_text()
WANTED = {"CALOTYPE_VARIANTS__SMALL__AVIF": "true"}
CHROMIUM = {"Accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}
SAFARI_13 = {"Accept": "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5"}
PHOTOGRAPH = encoded(a_photo(640, 480, "RGBA"))
DRAWING = encoded(Image.new("RGB", (640, 480), "teal"))
"""Its variants are PNGs of few bytes, and have no AVIFs beside them."""


@dataclass(frozen=True)
class Way:
    """A way to the bytes: the server, the address that clients use, and whether that leads to the store."""

    server: Server
    url: str
    redirects: bool = False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("folder"), **WANTED) as server:
        yield server


@pytest.fixture(scope="module")
def on_s3(object_stores: ObjectStores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    bucket = object_stores.usual.make_bucket()
    settings = as_settings(replace(bucket, public_endpoint=f"http://{bucket.endpoint}"))
    with running(tmp_path_factory.mktemp("s3"), **settings, **WANTED) as server:
        yield server


@pytest.fixture(scope="module")
def redirecting(on_s3: Server) -> Iterator[Way]:
    with running(on_s3.folder, **on_s3.settings, CALOTYPE_HTTP__DELIVERY="redirect") as server:
        yield Way(server, server.url, redirects=True)


@pytest.fixture(scope="module")
def behind_nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    folder = tmp_path_factory.mktemp("accel")
    location = LOCATION.replace("/var/lib/calotype/blobs/", f"{folder}/calotype-data/blobs/")
    with (
        running(folder, **WANTED, CALOTYPE_HTTP__DELIVERY="accel") as server,
        nginx(folder / "nginx", [server.port], locations=location) as url,
    ):
        yield Way(server, url)


@pytest.fixture(params=["server", "on_s3", "redirecting", "behind_nginx"])
def way(request: pytest.FixtureRequest) -> Way:
    found: Server | Way = request.getfixturevalue(request.param)
    return found if isinstance(found, Way) else Way(found, found.url)


@pytest.fixture
def token(way: Way, username: str) -> dict[str, str]:
    return {"Authorization": f"Token {way.server.token(username)}"}


@pytest.fixture
def client(way: Way, token: dict[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=way.url, headers=token, follow_redirects=True, timeout=60) as client:
        yield client


def stored(client: httpx.Client, data: bytes, name: str) -> Any:
    id = store(client, data, name)["id"]
    assert client.patch(f"/image/{id}/", json={"public": True}).status_code == 200
    return with_variants(client, id)


def addresses(way: Way, image: Any) -> dict[str, str]:
    """Every address at which the service answers for ``small``. That of an S3 store is no choice: it has one file."""
    public = image["variants"]["small"]["public_url"].removeprefix(way.server.url).removeprefix(way.url)
    found = {"name": f"/image/{image['name']}/small/", "id": f"/image/{image['id']}/small/", "public": public}
    link = image["small"].removeprefix(way.server.url).removeprefix(way.url)
    return found | ({"link": link} if link.startswith("/") else {})


def varies_by_accept(answer: httpx.Response) -> bool:
    answers = [*answer.history, answer] if answer.history else [answer]
    [stated] = answers[0].headers.get_list("Vary") or [""]
    return "Accept" in stated.split(", ")


def test_clients_that_name_avif_get_it_and_others_do_not(way: Way, client: httpx.Client) -> None:
    image = stored(client, PHOTOGRAPH, "photo.png")
    for kind, path in addresses(way, image).items():
        plain, avif = client.get(path, headers=SAFARI_13), client.get(path, headers=CHROMIUM)
        assert (plain.status_code, plain.headers["Content-Type"]) == (200, "image/png"), kind
        assert (avif.status_code, avif.headers["Content-Type"]) == (200, "image/avif"), kind
        assert len(avif.content) <= 0.85 * len(plain.content)
        for answer, format in ((plain, "PNG"), (avif, "AVIF")):
            assert varies_by_accept(answer), kind
            with Image.open(BytesIO(answer.content)) as shown:
                assert (shown.format, shown.height) == (format, 100)
            if not answer.history:
                assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
            assert f"photo_small.{format.lower()}" in answer.headers["Content-Disposition"]
        for accept in (
            "*/*",
            "image/*",
            "image/avif;q=0",
            "image/avif; q=0.000, image/*",
            "image/avifs",
            "ximage/avif",
        ):
            assert client.get(path, headers={"Accept": accept}).content == plain.content, accept
        for accept in ("IMAGE/AVIF", "image/png, image/avif;q=0.1", "text/html,image/avif ; q=1.0"):
            assert client.get(path, headers={"Accept": accept}).content == avif.content, accept
        several = [("Accept", "image/png"), ("Accept", "image/avif")]
        assert client.get(path, headers=[*client.headers.items(), *several]).content == avif.content


def test_head_equals_get(way: Way, client: httpx.Client) -> None:
    image = stored(client, PHOTOGRAPH, "photo.png")
    for path in addresses(way, image).values():
        for accept in (SAFARI_13, CHROMIUM):
            last_modified(client, path)
            get, head = client.get(path, headers=accept), client.head(path, headers=accept)
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["Content-Length"] == str(len(get.content))
            assert head.headers["Content-Type"] == get.headers["Content-Type"]
            if not get.history:
                ignored = {"Date", "Server", "Connection", "X-Request-ID"}
                assert {**head.headers, **dict.fromkeys(map(str.lower, ignored), "")} == {
                    **get.headers,
                    **dict.fromkeys(map(str.lower, ignored), ""),
                }


def test_each_representation_has_its_own_conditions_and_ranges(way: Way, client: httpx.Client) -> None:
    image = stored(client, PHOTOGRAPH, "photo.png")
    for path in addresses(way, image).values():
        heads = [client.head(path, headers=accept) for accept in (SAFARI_13, CHROMIUM)]
        tags = [head.headers["ETag"] for head in heads]
        assert tags[0] != tags[1]
        plain, avif = tags
        for accept, own, other in ((SAFARI_13, plain, avif), (CHROMIUM, avif, plain)):

            def asked(accept: dict[str, str] = accept, path: str = path, **headers: str) -> httpx.Response:
                conditions = {name.replace("_", "-"): value for name, value in headers.items()}
                return client.get(path, headers={**accept, **conditions})

            whole = asked()
            unchanged = asked(If_None_Match=own)
            assert (unchanged.status_code, unchanged.headers["ETag"], varies_by_accept(unchanged)) == (304, own, True)
            assert asked(If_None_Match=f"{other}, {own}").status_code == 304
            assert asked(If_None_Match=other).content == whole.content
            assert asked(If_Match=own).content == whole.content
            assert asked(If_Match=other).status_code == 412
            part = asked(Range="bytes=3-9")
            assert (part.status_code, part.content) == (206, whole.content[3:10])
            assert part.headers["Content-Range"] == f"bytes 3-9/{len(whole.content)}"
            part = asked(Range="bytes=3-9", If_Range=own)
            assert (part.status_code, part.content, part.headers["ETag"]) == (206, whole.content[3:10], own)
            assert part.headers["Content-Type"] == heads[tags.index(own)].headers["Content-Type"]
            assert asked(Range="bytes=3-9", If_Range=other).content == whole.content


def test_the_two_are_told_apart_by_their_dates_too(way: Way, client: httpx.Client) -> None:
    path = addresses(way, stored(client, PHOTOGRAPH, "photo.png"))["public"]
    dates = []
    for accept in (SAFARI_13, CHROMIUM):
        client.headers["Accept"] = accept["Accept"]
        dates.append(last_modified(client, path))
    assert dates[0] != dates[1]
    plain, avif = dates
    for accept, own, other in ((SAFARI_13, plain, avif), (CHROMIUM, avif, plain)):
        for name, of_own, of_other in (("If-Modified-Since", 304, 200), ("If-Unmodified-Since", 200, 412)):
            assert client.get(path, headers={**accept, name: own}).status_code == of_own
            assert client.get(path, headers={**accept, name: other}).status_code == of_other
        for date, status in ((own, 206), (other, 200)):
            headers = {**accept, "Range": "bytes=3-9", "If-Range": date}
            assert client.get(path, headers=headers).status_code == status


def test_nothing_depends_on_accept_where_there_is_no_choice(way: Way, client: httpx.Client) -> None:
    drawing, photograph = stored(client, DRAWING, "drawing.png"), stored(client, PHOTOGRAPH, "photo.png")
    paths = [*addresses(way, drawing).values(), f"/image/{photograph['name']}/", f"/image/{photograph['id']}/"]
    for path in paths:
        plain, avif = client.get(path, headers=SAFARI_13), client.get(path, headers=CHROMIUM)
        assert not varies_by_accept(plain)
        assert not varies_by_accept(avif)
        assert avif.headers["Content-Type"] == plain.headers["Content-Type"] != "image/avif"


def test_a_deleted_or_withdrawn_image_takes_its_avif_along(way: Way, client: httpx.Client) -> None:
    image = stored(client, PHOTOGRAPH, "photo.png")
    paths = addresses(way, image)
    client.patch(f"/image/{image['id']}/", json={"public": False})
    assert client.get(paths["public"], headers=CHROMIUM).status_code == 404
    assert client.get(paths["id"], headers=CHROMIUM).headers["Content-Type"] == "image/avif"
    client.delete(f"/image/{image['id']}/")
    for path in paths.values():
        assert client.get(path, headers=CHROMIUM).status_code == 404


def test_a_link_opens_the_same_pair_after_the_image_was_replaced(way: Way, client: httpx.Client) -> None:
    image = stored(client, PHOTOGRAPH, "photo.png")
    if way.redirects or "link" not in addresses(way, image):
        return  # links into the store open one file
    link = addresses(way, image)["link"]
    before = [client.get(link, headers=accept).content for accept in (SAFARI_13, CHROMIUM)]
    client.put(f"/image/{image['id']}/", files={"image": ("b.png", encoded(a_photo(300, 400)))})
    with_variants(client, image["id"])
    assert [client.get(link, headers=accept).content for accept in (SAFARI_13, CHROMIUM)] == before
    assert before[0] != before[1]


def test_blob_files_of_both_are_in_the_store(server: Server, username: str) -> None:
    blobs = server.folder / "calotype-data" / "blobs"
    with server.client(server.token(username)) as client:
        image = stored(client, PHOTOGRAPH, "photo.png")
        [avif] = [client.get(f"/image/{image['id']}/small/", headers=CHROMIUM).content]
    assert avif in [each.read_bytes() for each in blobs.glob("??/*") if each.stat().st_size == len(avif)]


def test_a_variant_with_a_format_of_its_own_or_by_default_has_no_avif(tmp_path: Path) -> None:
    settings = {**WANTED, "CALOTYPE_VARIANTS__SMALL__FORMAT": "png"}
    with running(tmp_path, **settings) as server, server.client(server.token()) as client:
        image = stored(client, PHOTOGRAPH, "photo.png")
        for name in ("small", "medium"):
            answer = client.get(f"/image/{image['id']}/{name}/", headers=CHROMIUM)
            assert (answer.headers["Content-Type"], varies_by_accept(answer)) == (ImageFormat.PNG.media_type, False)
