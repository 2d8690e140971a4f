"""What is stored and what is refused, against a real server."""

import re
import time
import zlib
from datetime import datetime
from urllib.parse import quote

import httpx
import pytest

from domain.model.pixels.media import ImageFormat
from kit.images.samples import sample_image, size_of
from kit.servers.requests import INVALID, SAMPLE, store, with_variants

ALWAYS_KEPT = (ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.GIF, ImageFormat.WEBP, ImageFormat.AVIF)


@pytest.mark.parametrize("field", ["original", "image"])
@pytest.mark.parametrize("path", ["/image/", "/image"])
def test_an_image_is_stored_under_either_field_name(client: httpx.Client, field: str, path: str) -> None:
    answer = client.post(path, files={field: ("sample.png", SAMPLE)})
    image = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/image/{image['id']}/")
    assert answer.headers["ETag"] == f'"{image["sha256"]}"'
    assert client.get(answer.headers["Location"]).json()["id"] == image["id"]


def test_the_image_object_has_every_key_with_its_meaning(client: httpx.Client) -> None:
    image = store(client)
    assert {
        "id", "name", "original", "small", "medium", "created_at", "updated_at", "user", "format", "width", "height",
        "size", "uploaded_size", "sha256", "thumbhash", "compression", "sent_name", "uploaded_format",
    } <= set(image)  # fmt: skip
    assert set(image["compression"]) == {
        "mode",
        "codec",
        "lossless",
        "score",
        "lowest",
        "metric",
        "uploaded_size",
        "size",
        "pages",
        "dropped",
    }
    assert (image["name"], image["format"], image["width"], image["height"]) == ("sample.png", "png", 200, 150)
    assert (image["small"], image["medium"]) == (None, None)
    assert isinstance(image["id"], int)
    assert isinstance(image["user"], int)
    for moment in (image["created_at"], image["updated_at"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", moment)
        assert abs(datetime.fromisoformat(moment).timestamp() - time.time()) < 60


@pytest.mark.parametrize("format", ALWAYS_KEPT)
def test_each_format_is_stored_in_its_own_format(client: httpx.Client, format: ImageFormat) -> None:
    image = store(client, sample_image(format), f"a.{format.value}")
    answer = client.get(f"/image/{image['name']}/")
    assert answer.headers["Content-Type"] == f"image/{format.value}"
    assert len(answer.content) == image["size"] <= image["uploaded_size"]
    made = with_variants(client, image["id"])
    assert size_of(httpx.get(made["small"]).content) == (64, 48), "a small image is not enlarged"


@pytest.mark.parametrize(
    ("files", "status", "body"),
    [
        ({"other": ("a.png", SAMPLE)}, 422, {"original": ["No file was submitted."]}),
        ({"image": ("a.png", b"")}, 422, {"image": ["The submitted file is empty."]}),
        ({"original": ("a.png", b"garbage")}, 422, {"original": [INVALID]}),
        ({"image": ("a.png", SAMPLE[:-30])}, 422, {"image": [INVALID]}),
    ],
)
def test_refused_uploads_get_the_messages_of_the_original_service(
    client: httpx.Client, files: dict[str, tuple[str, bytes]], status: int, body: dict[str, list[str]]
) -> None:
    answer = client.post("/image/", files=files)
    assert (answer.status_code, answer.json()) == (status, body)
    assert client.get("/image/").json()["count"] == 0


@pytest.mark.parametrize("format", ALWAYS_KEPT)
def test_an_image_that_lacks_its_end_is_refused(client: httpx.Client, format: ImageFormat) -> None:
    whole = sample_image(format, 100, 80)
    for cut in (1, 4, 12, len(whole) // 2):
        answer = client.post("/image/", files={"original": ("a", whole[:-cut])})
        assert (answer.status_code, answer.json()) == (422, {"original": [INVALID]}), f"{cut} bytes are missing"


def test_both_fields_or_two_files_are_refused(client: httpx.Client) -> None:
    for names in (("original", "image"), ("original", "original"), ("image", "image")):
        answer = client.post("/image/", files=[(name, ("a.png", SAMPLE)) for name in names])
        assert answer.status_code == 422
    assert client.get("/image/").json()["count"] == 0


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "imaginary/png", None])
def test_a_body_of_another_kind_is_a_415_that_names_the_kinds(client: httpx.Client, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    id = store(client)["id"]
    for method, path in (("POST", "/image/"), ("PATCH", f"/image/{id}/"), ("PUT", f"/image/{id}/")):
        answer = client.request(method, path, content=SAMPLE, headers=headers)
        assert (answer.status_code, answer.headers["Calotype-Error"]) == (415, "not-multipart")
        assert {"multipart/form-data", "application/octet-stream"} <= set(re.findall(r"[a-z]+/[a-z-]+", answer.text))


def test_a_decompression_bomb_is_refused_by_its_header(client: httpx.Client) -> None:
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x40\x00\x00\x00\x40\x00\x08\x02\x00\x00\x00"
    bomb = header + zlib.crc32(header[12:]).to_bytes(4) + b"\x00\x00\x00\x01IDATx" + zlib.crc32(b"IDATx").to_bytes(4)
    answer = client.post("/image/", files={"original": ("bomb.png", bomb + b"\x00\x00\x00\x00IEND\xaeB`\x82")})
    assert answer.status_code == 422
    assert "50,000,000" in answer.json()["original"][0]


def test_names_are_returned_as_given_but_made_safe(client: httpx.Client) -> None:
    for given, kept in (
        ("caf\u00e9 \u732b.png", "caf\u00e9 \u732b.png"),
        ("100%.png", "100%.png"),
        ("a+b&c=#d?.png", "a+b&c=#d?.png"),
    ):
        image = store(client, name=given)
        assert image["name"] == kept
        answer = client.get(f"/image/{quote(kept, safe='')}/")
        assert answer.status_code == 200
        disposition = answer.headers["Content-Disposition"]
        if kept.isascii() and "%" not in kept:
            assert disposition == f'inline; filename="{kept}"'
        else:
            assert disposition.endswith(f"filename*=UTF-8''{quote(kept, safe='')}")
        assert httpx.get(image["original"]).content == answer.content
