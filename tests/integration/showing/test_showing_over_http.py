"""Reading images, byte ranges, variants and links, against a real server."""

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from domain.model.pixels.media import ImageFormat
from kit.images.samples import sample_image, size_of
from kit.servers.calotype import Server
from kit.servers.requests import last_modified, store, with_variants


def test_an_image_is_shown_by_name_with_everything_a_cache_needs(client: httpx.Client) -> None:
    image = store(client)
    last_modified(client, "/image/sample.png")
    answer = client.get("/image/sample.png")
    assert answer.status_code == 200
    assert answer.headers["ETag"] == f'"{image["sha256"]}"'
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Disposition"] == 'inline; filename="sample.png"'
    head = client.head("/image/sample.png/")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Last-Modified"):
        assert head.headers[name] == answer.headers[name]
    assert int(head.headers["Content-Length"]) == len(answer.content) == image["size"]


def test_an_unchanged_image_is_a_304(client: httpx.Client) -> None:
    store(client)
    last_modified(client, "/image/sample.png/")
    first = client.get("/image/sample.png/")
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for condition in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"other", W/{tag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": modified},
    ):
        answer = client.get("/image/sample.png/", headers=condition)
        assert (answer.status_code, answer.content) == (304, b""), condition
        assert answer.headers["ETag"] == tag
    for condition in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": modified},
        {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If-Modified-Since": "garbage"},
    ):
        assert client.get("/image/sample.png/", headers=condition).status_code == 200, condition


def test_two_versions_within_one_second_have_different_validators(client: httpx.Client) -> None:
    store(client)
    moments: dict[str, str] = {}
    for seed in range(2, 12):
        replaced = client.patch("/image/sample.png/", files={"image": ("sample.png", sample_image(seed=seed))}).json()
        modified = client.head("/image/sample.png/").headers.get("Last-Modified")
        if modified is not None:
            moments[modified] = replaced["sha256"]
    moments[last_modified(client, "/image/sample.png/")] = replaced["sha256"]
    for moment, digest in moments.items():
        is_last = digest == replaced["sha256"]
        for condition, status in (
            ({"If-Modified-Since": moment}, 304 if is_last else 200),
            ({"If-Unmodified-Since": moment}, 200 if is_last else 412),
            ({"If-Range": moment, "Range": "bytes=0-1"}, 206 if is_last else 200),
        ):
            assert client.get("/image/sample.png/", headers=condition).status_code == status, condition
    ended, stored = parsedate_to_datetime(moment), datetime.fromisoformat(replaced["updated_at"])
    assert timedelta() < ended - stored <= timedelta(seconds=1)


def test_a_failed_precondition_of_a_read_is_a_412(client: httpx.Client) -> None:
    image = with_variants(client, store(client)["id"])
    for path in ("/image/sample.png/", f"/image/{image['id']}/"):
        tag = client.get(path).headers["ETag"]
        for condition in ({"If-Match": tag}, {"If-Match": f'"other", {tag}'}, {"If-Match": "*"}):
            past = {**condition, "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT", "Range": "bytes=2-5"}
            assert client.get(path, headers=past).status_code == (206 if "sample" in path else 200), condition
        lines = [("If-Match", '"other"'), ("If-Match", tag), ("If-None-Match", tag), ("If-None-Match", '"other"')]
        assert client.get(path, headers=lines).status_code == 304, "several lines of a header are one list"
        for condition in (
            {"If-Match": '"other"'},
            {"If-Match": f"W/{tag}"},
            {"If-Match": '"other"', "If-None-Match": tag},
        ):
            answer = client.get(path, headers={**condition, "Range": "bytes=999999999-"})
            assert (answer.status_code, answer.headers["Calotype-Error"]) == (412, "precondition-failed"), condition
    assert client.get("/image/", headers={"If-Match": client.get("/image/").headers["ETag"]}).status_code == 200
    assert client.get("/image/", headers={"If-Match": '"other"'}).status_code == 412
    modified = last_modified(client, "/image/sample.png/")
    for moment, status in ((modified, 200), ("Thu, 01 Jan 1970 00:00:00 GMT", 412), ("Thu, 01 Jan 1970", 200)):
        assert client.get("/image/sample.png/", headers={"If-Unmodified-Since": moment}).status_code == status, moment


def test_ranges_of_an_image_are_sent(client: httpx.Client) -> None:
    store(client)
    modified = last_modified(client, "/image/sample.png/")
    whole = client.get("/image/sample.png/")
    data, tag = whole.content, whole.headers["ETag"]
    for asked, start, stop in (
        ("0-9", 0, 10),
        ("5-", 5, None),
        ("-7", -7, None),
        ("3-999999", 3, None),
        (" 0-0", 0, 1),
    ):
        answer = client.get("/image/sample.png/", headers={"Range": f"bytes={asked}"})
        assert (answer.status_code, answer.content) == (206, data[start:stop]), asked
        first = start % len(data)
        assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(data)}"
    for ignored in ("bytes=9-3", "bytes=x", "lines=1-2", "bytes=0-1,3-4", "bytes=-", "bytes="):
        assert client.get("/image/sample.png/", headers={"Range": ignored}).content == data, ignored
    for outside in (f"bytes={len(data)}-", "bytes=-0", "bytes=999999999999999999-"):
        answer = client.get("/image/sample.png/", headers={"Range": outside})
        assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{len(data)}")
    for condition, status in ((tag, 206), ('"other"', 200), (modified, 206), ("garbage", 200)):
        headers = {"Range": "bytes=0-1", "If-Range": condition}
        assert client.get("/image/sample.png/", headers=headers).status_code == status, condition


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,1-2,0-9",
        "bytes=" + ",".join(f"{first}-{first + 500}" for first in range(800)),
        "bytes=" + "0-," * 5000,
        "bytes=" + ",".join(["-1"] * 5000),
        "bytes=" + "9" * 5000 + "-",
        "bytes=0-" + "9" * 5000,
        "bytes=" + " " * 100_000 + "x",
        "bytes=0" + "\t" * 100_000 + "-",
        "bytes=\N{SUPERSCRIPT TWO}-",
        "bytes=0x1-2",
        "bytes=--1",
        "bytes=1--",
        ",",
    ],
    ids=lambda asked: f"{asked[:12]!r}, {len(asked)} long",
)
def test_many_or_malformed_ranges_are_answered_with_the_complete_image(client: httpx.Client, asked: str) -> None:
    store(client)
    link = client.get("/image/").json()["results"][0]["original"]
    for url in ("/image/sample.png/", link):
        answer = client.get(url, headers={b"Range": asked.encode("latin-1")}, timeout=5)
        assert answer.status_code == 200
        assert "Content-Range" not in answer.headers
        assert len(answer.content) == int(answer.headers["Content-Length"])


def test_the_description_can_be_asked_for_conditionally(client: httpx.Client) -> None:
    id = store(client)["id"]
    with_variants(client, id)
    first = client.get(f"/image/{id}/")
    assert client.get(f"/image/{id}/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    client.patch(f"/image/{id}/", files={"image": ("b.png", sample_image(seed=2))})
    assert client.get(f"/image/{id}/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_variants_are_shown_once_they_are_made(client: httpx.Client) -> None:
    image = store(client, sample_image(ImageFormat.JPEG, 1600, 1200), "big.jpg")
    made = with_variants(client, image["id"])
    for variant, height in (("small", 100), ("medium", 300)):
        for answer in (client.get(f"/image/big.jpg/{variant}/"), httpx.get(made[variant])):
            assert answer.status_code == 200
            assert size_of(answer.content) == (height * 4 // 3, height)
    assert client.get("/image/big.jpg/huge/").status_code == 404
    assert client.get("/image/big.jpg/small/", headers={"Range": "bytes=0-3"}).status_code == 206


def test_links_need_no_token_and_stay_the_same(client: httpx.Client, server: Server) -> None:
    id = store(client)["id"]
    first, second = with_variants(client, id), client.get(f"/image/{id}/").json()
    for key in ("original", "small", "medium"):
        assert first[key] == second[key]
        answer = httpx.get(first[key])
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        lasting = re.search(r"max-age=(\d+)", answer.headers["Cache-Control"])
        assert lasting
        assert int(lasting[1]) >= 3600
    assert httpx.head(first["original"]).status_code == 200
    assert client.get("/image/?limit=1").json()["results"][0]["original"] == first["original"]


def test_an_altered_link_opens_nothing(client: httpx.Client) -> None:
    url = store(client)["original"]
    for place, other in (
        (url.index("expires=") + 8, "9"),
        (url.index("key=") + 5, "0"),
        (len(url) - 1, "!"),
        (url.index("sample"), "S"),
    ):
        changed = url[:place] + (other if url[place] != other else "1") + url[place + 1 :]
        assert httpx.get(changed).status_code == 403
    assert httpx.get(url.partition("?")[0]).status_code == 401
    assert httpx.get(url.replace("sample.png/", "sample.png/small/")).status_code == 403


def shown(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """What a client sees of an answer, without values that change with time."""
    passing = {"date", "cache-control", "x-request-id"}
    return answer.status_code, answer.content, {k: v for k, v in answer.headers.items() if k not in passing}


def test_a_cached_image_is_sent_alike_and_gone_after_deletion(client: httpx.Client) -> None:
    image = with_variants(client, store(client)["id"])
    for path in ("/image/sample.png/", "/image/sample.png/small/", image["original"]):
        last_modified(client, path)
        first, *later = (shown(client.get(path)) for _ in range(4))
        assert later == [first] * 3, path
    part = client.get("/image/sample.png/", headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, client.get("/image/sample.png/").content[2:6])
    assert client.delete(f"/image/{image['id']}/").status_code == 204
    for path in ("/image/sample.png/", "/image/sample.png/small/", image["original"]):
        assert client.get(path).status_code == 404, path


def test_a_cached_image_needs_no_store_and_is_always_complete(server: Server, client: httpx.Client) -> None:
    image = store(client, sample_image(seed=4711))  # no other test stores these bytes
    blobs = (each for each in server.folder.rglob("*") if "staging" not in each.parts and each.is_file())
    files = [each for each in blobs if is_of(each, image["sha256"])]
    whole = client.get("/image/sample.png/").content
    overwrite(files, whole[:-1])
    refused = []
    for _ in range(6):
        with suppress(httpx.RemoteProtocolError):  # the connection ends before Content-Length
            refused.append(client.get("/image/sample.png/", timeout=8))
    assert {answer.status_code for answer in refused} == {503}
    assert f"has {len(whole) - 1} bytes instead of {len(whole)}" in server.log
    overwrite(files, bytes([whole[0] ^ 1]) + whole[1:])
    assert client.get("/image/sample.png/").headers["Calotype-Error"] == "blob-damaged"
    overwrite(files, b"")
    part = client.get("/image/sample.png/", headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.headers["Calotype-Error"]) == (503, "blob-damaged")
    overwrite(files, whole)
    for _ in range(3):
        assert client.get("/image/sample.png/").content == whole
    overwrite(files, b"")
    assert client.get("/image/sample.png/").content == whole
    assert client.get("/image/sample.png/", headers={"Range": "bytes=2-5"}).content == whole[2:6]


def overwrite(files: Iterable[Path], data: bytes) -> None:
    for file in files:
        file.chmod(0o600)  # blobs cannot be written, except by root
        file.write_bytes(data)


def is_of(file: Path, digest: str) -> bool:
    return hashlib.sha256(file.read_bytes()).hexdigest() == digest
