"""Replacing and deleting, against a real server."""

import httpx
import pytest

from domain.model.pixels.media import ImageFormat
from kit.images.samples import sample_image
from kit.servers.calotype import Server
from kit.servers.requests import SAMPLE, last_modified, store, with_variants


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_replaced_image_keeps_its_id(client: httpx.Client, method: str) -> None:
    image = store(client)
    with_variants(client, image["id"])
    answer = client.request(
        method, f"/image/{image['id']}/", files={"image": ("new.jpg", sample_image(ImageFormat.JPEG, 640, 480))}
    )
    replaced = answer.json()
    assert answer.status_code == 200
    assert answer.headers["ETag"] == f'"{replaced["sha256"]}"' != f'"{image["sha256"]}"'
    assert (replaced["id"], replaced["name"], replaced["format"]) == (image["id"], "new.jpg", "jpeg")
    assert (replaced["small"], replaced["medium"]) == (None, None)
    assert replaced["created_at"] == image["created_at"]
    assert replaced["updated_at"] > image["updated_at"]
    assert client.get("/image/sample.png/").status_code == 404
    assert httpx.get(image["original"]).status_code == 200, "an issued link works until it expires"
    assert with_variants(client, image["id"])["small"]


def test_a_replacement_by_name_keeps_the_name(client: httpx.Client) -> None:
    store(client)
    replaced = client.patch("/image/sample.png/", files={"original": ("other.png", sample_image(seed=3))})
    assert (replaced.status_code, replaced.json()["name"]) == (200, "sample.png")
    refused = client.patch("/image/sample.png/", files={"image": ("a.jpg", sample_image(ImageFormat.JPEG))})
    assert refused.status_code == 422
    assert "by its id" in refused.json()["image"][0]


def test_if_match_guards_replacement_and_deletion(client: httpx.Client) -> None:
    image = store(client)
    path, stale = f"/image/{image['id']}/", f'"{image["sha256"]}"'
    described = client.get(path).headers["ETag"]
    files = {"image": ("new.png", sample_image(seed=4))}
    refused = client.patch(path, files=files, headers={"If-Match": '"other"'})
    assert (refused.status_code, list(refused.json())) == (412, ["detail"])
    assert refused.json()["detail"].endswith("among the headers of the request."), "with the hint of HTTP"
    assert client.patch(path, files=files, headers={"If-Match": f"W/{stale}"}).status_code == 412
    with_variants(client, image["id"])
    replaced = client.patch(path, files=files, headers={"If-Match": described})
    assert replaced.status_code == 200, "making variants does not change the version of the image"
    assert client.put(path, files=files, headers={"If-Match": stale}).status_code == 412
    assert client.delete(path, headers={"If-Match": stale}).status_code == 412
    since = {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}
    assert client.delete(path, headers=since).status_code == 412
    assert client.put(path, files=files, headers=since).status_code == 412
    current = last_modified(client, "/image/new.png/")
    assert client.put(path, files=files, headers={"If-Unmodified-Since": current}).status_code == 200
    assert client.delete(path, headers={"If-Match": f'"x", {replaced.headers["ETag"]}'}).status_code == 204


def test_if_none_match_guards_replacement_and_deletion(client: httpx.Client) -> None:
    image = store(client)
    path, current = f"/image/{image['id']}/", f'"{image["sha256"]}"'
    files = {"image": ("sample.png", sample_image(seed=4))}
    for unwanted in ("*", current, f'"other", W/{current}', client.get(path).headers["ETag"]):
        for method in ("PUT", "PATCH"):
            refused = client.request(method, path, files=files, headers={"If-None-Match": unwanted})
            assert (refused.status_code, refused.headers["Calotype-Error"]) == (412, "precondition-failed"), unwanted
        assert client.delete(path, headers={"If-None-Match": unwanted}).status_code == 412
    assert client.put(path, files=files, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.delete(path, headers={"If-None-Match": current}).status_code == 204


def test_a_deleted_image_is_gone_for_tokens_and_links(client: httpx.Client) -> None:
    image = store(client)
    answer = client.delete("/image/sample.png")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(f"/image/{image['id']}/").status_code == 404
    assert httpx.get(image["original"]).status_code == 404
    assert client.delete(f"/image/{image['id']}/").status_code == 404
    assert store(client)["id"] > image["id"]


@pytest.mark.parametrize(
    "path",
    [
        "999999",
        "9" * 19,
        "9" * 300,
        "never.png",
        "%00.png",
        "%ff%fe.png",
        "..%2f..%2fsecret.png",
        "a.png/small",
        "%F0%9F%98%80",
    ],
)
def test_a_missing_image_is_a_404(client: httpx.Client, path: str) -> None:
    for method in ("GET", "HEAD", "DELETE"):
        if not (method == "DELETE" and path.endswith("small")):
            assert client.request(method, f"/image/{path}/").status_code == 404, method
    assert client.get(f"/image/{path}").status_code == 404


def test_an_image_of_another_user_is_a_404_like_a_missing_one(
    server: Server, client: httpx.Client, username: str
) -> None:
    id = store(client)["id"]
    with server.client(server.token(f"{username}-other")) as other:
        answers = [
            other.request(
                method, f"/image/{reference}/", files={"image": ("a.png", SAMPLE)} if method == "PATCH" else None
            )
            for method in ("GET", "PATCH", "DELETE")
            for reference in (id, "sample.png", 999999)
        ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, '{"detail":"Not found."}')}
