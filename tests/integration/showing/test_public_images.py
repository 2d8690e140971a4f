"""Images that anyone may see, against a real server."""

import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from domain.model.pixels.media import ImageFormat
from kit.images.samples import sample_image
from kit.servers.calotype import Server
from kit.servers.requests import last_modified, store, with_variants

JPEG = sample_image(ImageFormat.JPEG, 640, 480)
PASSING = {"date": "", "x-request-id": ""}  # headers that differ from one response to the next


def published(client: httpx.Client, id: int, *, public: bool = True) -> Any:
    answer = client.patch(f"/image/{id}/", json={"public": public})
    assert answer.status_code == 200, answer.text
    return answer.json()


def public_image(client: httpx.Client, data: bytes = JPEG, name: str = "a cat.jpg") -> Any:
    """The object of a new public image with all of its variants."""
    image = with_variants(client, store(client, data, name)["id"])
    assert (image["public_url"], image["variants"]["small"]["public_url"]) == (None, None)
    return published(client, image["id"])


def path_of(url: str) -> str:
    return urlsplit(url).path


def test_anyone_sees_the_image_and_its_variants(server: Server, client: httpx.Client) -> None:
    image = public_image(client)
    urls = {"": image["public_url"], **{name: each["public_url"] for name, each in image["variants"].items()}}
    slug = path_of(urls[""]).removeprefix("/p/").removesuffix(".jpg")
    assert path_of(urls["small"]) == f"/p/{slug}/small.jpg"
    for variant, url in urls.items():
        assert url.startswith(f"{server.url}/p/{slug}")
        last_modified(client, url)
        mine = client.get(f"/image/a cat.jpg/{variant}")
        theirs = httpx.get(url)
        assert (theirs.status_code, theirs.content) == (200, mine.content)
        for name in ("ETag", "Content-Type", "Content-Disposition", "Content-Length", "Accept-Ranges"):
            assert theirs.headers[name] == mine.headers[name]
        for name in ("X-Content-Type-Options", "Content-Security-Policy", "Cross-Origin-Resource-Policy"):
            assert theirs.headers[name] == mine.headers[name]
        assert "Vary" not in theirs.headers
        head = httpx.head(url)
        assert (head.status_code, head.content) == (200, b"")
        assert {**head.headers, **PASSING} == {**theirs.headers, **PASSING}
        assert httpx.get(url, headers={"Authorization": "Token nonsense"}).status_code == 200


def test_conditions_and_ranges(client: httpx.Client) -> None:
    url = public_image(client)["public_url"]
    whole = httpx.get(url)
    modified = last_modified(client, url)

    def status(**headers: str) -> int:
        return httpx.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()}).status_code

    assert status(If_None_Match=whole.headers["ETag"]) == 304
    assert status(If_None_Match='"other"') == 200
    assert status(If_Modified_Since=modified) == 304
    assert status(If_Match='"other"') == 412
    assert status(Range="bytes=999999999-") == 416
    part = httpx.get(url, headers={"Range": "bytes=1-9"})
    assert (part.status_code, part.content) == (206, whole.content[1:10])


def test_only_the_url_of_these_very_bytes_may_be_kept_without_asking(client: httpx.Client) -> None:
    image = public_image(client)
    for url in (image["public_url"], image["variants"]["small"]["public_url"]):
        bare = url.partition("?")[0]
        for headers in ({}, {"If-None-Match": httpx.get(url).headers["ETag"]}):
            for kept in (url, f"{bare}?x=%20&{url.partition('?')[2]}"):
                answer = httpx.get(kept, headers=headers)
                assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            for checked in (bare, f"{bare}?", f"{bare}?v=", f"{bare}?v=000000000000", f"{bare}?v", f"{bare}?w=1"):
                answer = httpx.get(checked, headers=headers)
                assert answer.status_code == (304 if headers else 200)
                assert answer.headers["Cache-Control"] == "public, no-cache"


def test_a_replaced_image_has_the_same_path_and_another_version(client: httpx.Client) -> None:
    image = public_image(client)
    old = image["public_url"]
    answer = client.put(f"/image/{image['id']}/", files={"image": ("b.jpg", sample_image(ImageFormat.JPEG, 300, 200))})
    new = answer.json()["public_url"]
    assert path_of(new) == path_of(old)
    assert httpx.get(new).content == httpx.get(old).content != httpx.get(image["original"]).content
    assert "immutable" in httpx.get(new).headers["Cache-Control"]
    assert httpx.get(old).headers["Cache-Control"] == "public, no-cache"
    png = client.put(f"/image/{image['id']}/", files={"image": ("b.png", sample_image(seed=5))}).json()["public_url"]
    assert path_of(png) == path_of(old).removesuffix("jpg") + "png"
    assert (httpx.get(old).status_code, httpx.get(png).status_code) == (404, 200)


def test_a_withdrawn_image_is_as_unknown_as_one_that_never_was(server: Server, client: httpx.Client) -> None:
    image = public_image(client)
    urls = [image["public_url"], image["variants"]["small"]["public_url"]]
    assert [httpx.get(url).status_code for url in urls] == [200, 200]
    withdrawn = published(client, image["id"], public=False)
    assert (withdrawn["public_url"], withdrawn["variants"]["small"]["public_url"]) == (None, None)
    unknown = httpx.get(f"{server.url}/p/{'0' * 22}.jpg")
    for url in urls:
        answer = httpx.get(url)
        assert (answer.status_code, answer.headers["Calotype-Error"]) == (404, "image-not-found")
        assert answer.headers["Cache-Control"] == "no-store"
        assert {**answer.headers, **PASSING} == {**unknown.headers, **PASSING}
        assert answer.content == unknown.content
    again = published(client, image["id"])["public_url"]
    assert path_of(again) != path_of(urls[0])
    assert (httpx.get(again).status_code, httpx.get(urls[0]).status_code) == (200, 404)
    client.delete(f"/image/{image['id']}/")
    assert httpx.get(again).status_code == 404


def test_each_file_has_one_path(server: Server, client: httpx.Client) -> None:
    image = public_image(client)
    original, small = path_of(image["public_url"]), path_of(image["variants"]["small"]["public_url"])
    slug = original.removesuffix(".jpg")
    wrong = [
        slug, f"{slug}.jpeg", f"{slug}.JPG", f"{slug}.png", f"{slug}.", f"{original}/", f"/{original}", f"{original}.jpg",
        f"/p/%{ord(slug[3]):02x}{slug[4:]}.jpg", f"{slug}%2Ejpg", f"/p/{slug[3:].swapcase()}.jpg", f"/p/{slug[3:-1]}.jpg",
        f"{slug}/", f"{slug}/small", f"{slug}/small.png", f"{slug}/SMALL.jpg", f"{small}/", f"{slug}//small.jpg",
        f"{slug}.jpg/small.jpg", f"{slug}/large.jpg", f"{slug}/.jpg", f"{small}/x", "/p/", "/p", "/p/.jpg", "/p/%00.jpg",
        "/p/%ed%a0%80.jpg", "/p/%ff.jpg", f"/p/{'%00' * 22}.jpg",
    ]  # fmt: skip
    assert [httpx.get(server.url + path).status_code for path in (original, small)] == [200, 200]
    assert [path for path in wrong if httpx.get(server.url + path).status_code != 404] == []
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert httpx.request(method, server.url + original).status_code == 405
    assert httpx.options(server.url + original).headers["Allow"] == "GET, HEAD, OPTIONS"


def test_a_variant_that_is_not_made_yet_has_no_url(client: httpx.Client) -> None:
    image = public_image(client)
    [slug] = {path_of(image["public_url"]).removesuffix(".jpg")}
    replaced = client.put(
        f"/image/{image['id']}/", files={"image": ("b.jpg", sample_image(ImageFormat.JPEG, 2000, 1500))}
    )
    small = replaced.json()["variants"]["small"]
    assert (small["state"], small["public_url"]) == ("pending", None)
    assert with_variants(client, image["id"])["variants"]["small"]["public_url"].startswith(
        image["public_url"].partition("/p/")[0] + slug
    )


def test_images_of_a_disabled_user_are_not_shown(server: Server, client: httpx.Client, username: str) -> None:
    url = public_image(client)["public_url"]
    for command, status in (("disable", 404), ("enable", 200)):
        server.call("users", command, username)
        assert httpx.get(url).status_code == status


def test_caches_keep_an_image_no_longer_than_until_it_expires(client: httpx.Client) -> None:
    image = public_image(client)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 600))
    client.patch(f"/image/{image['id']}/", json={"expires_at": soon})
    directives = httpx.get(image["public_url"]).headers["Cache-Control"].split(", ")
    assert (directives[0], directives[2]) == ("public", "immutable")
    assert 500 < int(directives[1].removeprefix("max-age=")) <= 600


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_requests_are_counted_by_route(client: httpx.Client, method: str) -> None:
    image = public_image(client)

    def counted(route: str) -> float:
        line = f'calotype_requests_total{{method="{method}",route="{route}",status="200"}} '
        lines = client.get("/metrics").text.splitlines()
        return next((float(each.removeprefix(line)) for each in lines if each.startswith(line)), 0.0)

    for url, route in (
        (image["public_url"], "/p/{file}"),
        (image["variants"]["small"]["public_url"], "/p/{slug}/{file}"),
    ):
        before = counted(route)
        httpx.request(method, url)
        assert counted(route) == before + 1
