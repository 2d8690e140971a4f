"""What a REST client relies on, line by line, against a real server."""

import json
import re
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from domain.model.media import ImageFormat
from pictures import a_picture, size_of
from serving import Server

PICTURE = a_picture(seed=1, width=200, height=150)
INVALID = "Upload a valid image. The file you uploaded was either not an image or a corrupted image."


def store(client: httpx.Client, data: bytes = PICTURE, name: str = "sample.png", field: str = "original") -> Any:
    answer = client.post("/image/", files={field: (name, data)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def with_variants(client: httpx.Client, id: int) -> Any:
    for _ in range(200):
        image = client.get(f"/image/{id}/").json()
        if image["small"] and image["medium"]:
            return image
        time.sleep(0.05)
    raise AssertionError("the variants were not made within ten seconds")


# Authentication


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (None, "Authentication credentials were not provided."),
        ("Basic YTpi", "Authentication credentials were not provided."),
        ("Token clt_wrong", "Invalid token."),
        ("Bearer clt_wrong", "Invalid token."),
        ("Token", "Invalid token."),
        ("Token a b", "Invalid token."),
    ],
)
def test_whoever_does_not_prove_who_they_are_is_refused(
    server: Server, method: str, header: str | None, detail: str
) -> None:
    answer = httpx.request(method, f"{server.url}/image/", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json()) == (401, {"detail": detail})
    assert answer.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("scheme", ["Token", "token", "BEARER", "Bearer"])
def test_both_schemes_mean_the_same_in_any_case(server: Server, username: str, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {server.token(username)}"}
    assert httpx.get(f"{server.url}/image/", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("scope", "allowed"), [("read", {"GET"}), ("write", {"POST", "PATCH", "PUT"}), ("delete", {"DELETE"})]
)
def test_a_key_does_what_its_scopes_say(server: Server, username: str, scope: str, allowed: set[str]) -> None:
    with server.client(server.token(username)) as owner:
        id = store(owner)["id"]
    token = server.call("keys", "issue", username, "--name", scope, "--scope", scope).stdout.decode().strip()
    with server.client(token) as client:
        for method, path in (
            ("GET", ""),
            ("GET", f"{id}/"),
            ("POST", ""),
            ("PATCH", f"{id}/"),
            ("PUT", f"{id}/"),
            ("DELETE", f"{id}/"),
        ):
            files = {"original": ("a.png", PICTURE)} if method in ("POST", "PATCH", "PUT") else None
            answer = client.request(method, f"/image/{path}", files=files)
            assert (answer.status_code != 403) == (method in allowed), f"{method} {path}: {answer.text}"
            if answer.status_code == 403:
                assert list(answer.json()) == ["detail"]


def test_a_revoked_an_expired_and_a_rotated_key_stop_working(server: Server, username: str) -> None:
    server.token(username)
    answer = server.call("keys", "issue", username, "--name", "a", "--json").stdout
    issued = json.loads(answer)
    id = str(issued["key"]["id"])
    with server.client(issued["token"]) as client:
        assert client.get("/image/").status_code == 200
        rotated = server.call("keys", "rotate", id).stdout.decode().strip()
        assert client.get("/image/").json() == {"detail": "Invalid token."}
    with server.client(rotated) as client:
        assert client.get("/image/").status_code == 200
        server.call("keys", "revoke", id)
        assert client.get("/image/").status_code == 401
    with server.client(server.token(username)) as client:
        server.call("users", "disable", username)
        assert client.get("/image/").status_code == 401
        server.call("users", "enable", username)
        assert client.get("/image/").status_code == 200


# Tokens


def test_a_password_is_traded_for_the_same_token_each_time(server: Server, username: str) -> None:
    server.call("users", "add", username, stdin=b"correct horse\n")
    credentials = {"username": username, "password": "correct horse"}
    answers = [
        httpx.post(f"{server.url}/api/token/", data=credentials),
        httpx.post(f"{server.url}/api/token", json=credentials),
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json() == {"token": server.token(username)}


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({"username": "", "password": "x"}, {"username": ["This field is required."]}),
        ({"password": "x"}, {"username": ["This field is required."]}),
        ({"username": "x"}, {"password": ["This field is required."]}),
        ({}, {"username": ["This field is required."], "password": ["This field is required."]}),
        (
            {"username": "nobody", "password": "x"},
            {"non_field_errors": ["Unable to log in with provided credentials."]},
        ),
    ],
)
def test_a_wrong_or_missing_pair_is_a_400(server: Server, given: dict[str, str], answer: dict[str, list[str]]) -> None:
    for refused in (
        httpx.post(f"{server.url}/api/token/", data=given),
        httpx.post(f"{server.url}/api/token/", json=given),
    ):
        assert (refused.status_code, refused.json()) == (400, answer)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b'{"username": {"a": 1}, "password": 5}'])
def test_rubbish_for_credentials_is_a_400(server: Server, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert httpx.post(f"{server.url}/api/token/", content=body, headers=headers).status_code == 400
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert httpx.post(f"{server.url}/api/token/", content=b"username=%ff&password=x", headers=form).status_code == 400
    assert httpx.post(f"{server.url}/api/token/", content=b"x", headers={"Content-Type": "a/b"}).status_code == 415


def test_guessing_is_throttled(server: Server, username: str) -> None:
    server.call("users", "add", username, "--password", "correct horse")
    answers = [
        httpx.post(f"{server.url}/api/token/", data={"username": username, "password": "wrong"}) for _ in range(12)
    ]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429] * 2
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert list(answers[-1].json()) == ["detail"]


# Storing


@pytest.mark.parametrize("field", ["original", "image"])
@pytest.mark.parametrize("path", ["/image/", "/image"])
def test_a_picture_is_stored_under_either_field_name(client: httpx.Client, field: str, path: str) -> None:
    answer = client.post(path, files={field: ("sample.png", PICTURE)})
    image = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/image/{image['id']}/")
    assert answer.headers["ETag"] == f'"{image["sha256"]}"'
    assert client.get(answer.headers["Location"]).json()["id"] == image["id"]


def test_the_image_object_has_every_key_with_its_meaning(client: httpx.Client) -> None:
    image = store(client)
    assert {
        "id", "name", "original", "small", "medium", "created_at", "updated_at", "user", "format", "width", "height",
        "size", "uploaded_size", "sha256", "thumbhash", "compression",
    } <= set(image)  # fmt: skip
    assert set(image["compression"]) == {"mode", "codec", "lossless", "score", "metric", "uploaded_size", "size"}
    assert (image["name"], image["format"], image["width"], image["height"]) == ("sample.png", "png", 200, 150)
    assert (image["small"], image["medium"]) == (None, None)
    assert isinstance(image["id"], int)
    assert isinstance(image["user"], int)
    for moment in (image["created_at"], image["updated_at"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", moment)
        assert abs(datetime.fromisoformat(moment).timestamp() - time.time()) < 60


@pytest.mark.parametrize("format", ImageFormat)
def test_each_format_is_stored_in_its_own_format(client: httpx.Client, format: ImageFormat) -> None:
    image = store(client, a_picture(format), f"a.{format.value}")
    answer = client.get(f"/image/{image['name']}/")
    assert answer.headers["Content-Type"] == f"image/{format.value}"
    assert len(answer.content) == image["size"] <= image["uploaded_size"]
    made = with_variants(client, image["id"])
    assert size_of(httpx.get(made["small"]).content) == (64, 48), "a small picture is not enlarged"


@pytest.mark.parametrize(
    ("files", "status", "body"),
    [
        ({"other": ("a.png", PICTURE)}, 422, {"original": ["No file was submitted."]}),
        ({"image": ("a.png", b"")}, 422, {"image": ["The submitted file is empty."]}),
        ({"original": ("a.png", b"rubbish")}, 422, {"original": [INVALID]}),
        ({"image": ("a.png", PICTURE[:-30])}, 422, {"image": [INVALID]}),
    ],
)
def test_what_cannot_be_stored_is_refused_in_the_words_of_the_originals(
    client: httpx.Client, files: dict[str, tuple[str, bytes]], status: int, body: dict[str, list[str]]
) -> None:
    answer = client.post("/image/", files=files)
    assert (answer.status_code, answer.json()) == (status, body)
    assert client.get("/image/").json()["count"] == 0


@pytest.mark.parametrize("format", ImageFormat)
def test_a_picture_that_lacks_its_end_is_refused(client: httpx.Client, format: ImageFormat) -> None:
    whole = a_picture(format, 100, 80)
    for cut in (1, 4, 12, len(whole) // 2):
        answer = client.post("/image/", files={"original": ("a", whole[:-cut])})
        assert (answer.status_code, answer.json()) == (422, {"original": [INVALID]}), f"{cut} bytes are missing"


def test_both_fields_or_two_files_are_refused(client: httpx.Client) -> None:
    for names in (("original", "image"), ("original", "original"), ("image", "image")):
        answer = client.post("/image/", files=[(name, ("a.png", PICTURE)) for name in names])
        assert answer.status_code == 422
    assert client.get("/image/").json()["count"] == 0


@pytest.mark.parametrize("content_type", ["application/json", "image/png", "application/x-www-form-urlencoded", None])
def test_what_is_not_multipart_is_a_415(client: httpx.Client, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    assert client.post("/image/", content=PICTURE, headers=headers).status_code == 415
    id = store(client)["id"]
    assert client.patch(f"/image/{id}/", content=PICTURE, headers=headers).status_code == 415


def test_a_bomb_is_refused_by_its_header(client: httpx.Client) -> None:
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x40\x00\x00\x00\x40\x00\x08\x02\x00\x00\x00"
    bomb = header + zlib.crc32(header[12:]).to_bytes(4) + b"\x00\x00\x00\x01IDATx" + zlib.crc32(b"IDATx").to_bytes(4)
    answer = client.post("/image/", files={"original": ("bomb.png", bomb + b"\x00\x00\x00\x00IEND\xaeB`\x82")})
    assert answer.status_code == 422
    assert "50,000,000" in answer.json()["original"][0]


def test_names_come_back_as_they_were_given_made_safe(client: httpx.Client) -> None:
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


# Listing


def test_a_list_has_the_shape_of_the_original(client: httpx.Client, server: Server) -> None:
    ids = [store(client, name=f"{n}.png")["id"] for n in range(12)][::-1]
    page = client.get("/image/").json()
    assert set(page) == {"count", "next", "previous", "results"}
    assert (page["count"], page["previous"]) == (12, None)
    assert page["next"].startswith(f"{server.url}/image/?")
    assert [image["id"] for image in page["results"]] == ids[:10]
    second = client.get(page["next"]).json()
    assert [image["id"] for image in second["results"]] == ids[10:]
    assert second["next"] is None
    assert [image["id"] for image in client.get(second["previous"]).json()["results"]] == ids[:10]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=2", slice(0, 2)),
        ("limit=2&offset=1", slice(1, 3)),
        ("limit=0", slice(0, 10)),
        ("limit=x&offset=y", slice(0, 10)),
        ("limit=-1&offset=-1", slice(0, 10)),
        ("limit=1.5", slice(0, 10)),
        ("limit=999999999999999999999999&offset=0", slice(0, 12)),
        ("offset=99999999999999999999999999", slice(0, 0)),
        ("offset=11", slice(11, 12)),
        ("format=json", slice(0, 10)),
        ("limit=" + "9" * 5000, slice(0, 10)),
    ],
)
def test_limit_and_offset_are_taken_as_the_original_took_them(
    client: httpx.Client, query: str, expected: slice
) -> None:
    ids = [store(client, name=f"{n}.png")["id"] for n in range(12)][::-1]
    answer = client.get(f"/image/?{query}")
    assert answer.status_code == 200
    assert [image["id"] for image in answer.json()["results"]] == ids[expected]


def test_following_next_visits_everything_once_while_pictures_come_and_go(client: httpx.Client) -> None:
    ids = [store(client, name=f"{n}.png")["id"] for n in range(9)]
    seen, url = [], "/image/?limit=2&offset=0&format=json"
    while url:
        page = client.get(url).json()
        seen += [image["id"] for image in page["results"]]
        store(client, name="new.png")
        client.delete(f"/image/{seen[0]}/")
        url = page["next"]
        assert url is None or "format=json" in url
    assert seen == ids[::-1]


def test_a_cursor_that_is_not_ours_is_a_400(client: httpx.Client) -> None:
    for cursor in ("x", "o", "o1%27", "%ff", "o" + "9" * 40):
        assert client.get(f"/image/?cursor={cursor}").status_code == 400


def test_a_page_has_at_most_a_hundred_pictures(client: httpx.Client) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: store(client, name=f"{n}.png"), range(101)))
    page = client.get("/image/?limit=1000").json()
    assert (page["count"], len(page["results"])) == (101, 100)
    assert len(client.get(page["next"]).json()["results"]) == 1


# Showing


def test_a_picture_is_shown_by_name_with_everything_a_cache_needs(client: httpx.Client) -> None:
    image = store(client)
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


def test_what_the_client_has_is_not_sent_again(client: httpx.Client) -> None:
    store(client)
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
        {"If-Modified-Since": "rubbish"},
    ):
        assert client.get("/image/sample.png/", headers=condition).status_code == 200, condition


def test_parts_of_a_picture_can_be_had(client: httpx.Client) -> None:
    store(client)
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
    for condition, status in ((tag, 206), ('"other"', 200), (whole.headers["Last-Modified"], 206), ("rubbish", 200)):
        headers = {"Range": "bytes=0-1", "If-Range": condition}
        assert client.get("/image/sample.png/", headers=headers).status_code == status, condition


def test_the_description_can_be_asked_for_conditionally(client: httpx.Client) -> None:
    id = store(client)["id"]
    with_variants(client, id)
    first = client.get(f"/image/{id}/")
    assert client.get(f"/image/{id}/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    client.patch(f"/image/{id}/", files={"image": ("b.png", a_picture(seed=2))})
    assert client.get(f"/image/{id}/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_variants_are_shown_once_they_are_made(client: httpx.Client) -> None:
    image = store(client, a_picture(ImageFormat.JPEG, 1600, 1200), "big.jpg")
    made = with_variants(client, image["id"])
    for variant, height in (("small", 100), ("medium", 300)):
        for answer in (client.get(f"/image/big.jpg/{variant}/"), httpx.get(made[variant])):
            assert answer.status_code == 200
            assert size_of(answer.content) == (height * 4 // 3, height)
    assert client.get("/image/big.jpg/huge/").status_code == 404
    assert client.get("/image/big.jpg/small/", headers={"Range": "bytes=0-3"}).status_code == 206


# Links


def test_links_need_no_token_and_stay_the_same(client: httpx.Client, server: Server) -> None:
    id = store(client)["id"]
    first, second = with_variants(client, id), client.get(f"/image/{id}/").json()
    for key in ("original", "small", "medium"):
        assert first[key] == second[key]
        answer = httpx.get(first[key])
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert int(re.search(r"max-age=(\d+)", answer.headers["Cache-Control"])[1]) >= 3600  # type: ignore[index]
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


# Replacing and deleting


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_new_bytes_under_the_old_number(client: httpx.Client, method: str) -> None:
    image = store(client)
    with_variants(client, image["id"])
    answer = client.request(method, f"/image/{image['id']}/", files={"image": ("new.jpg", a_picture(ImageFormat.JPEG))})
    replaced = answer.json()
    assert answer.status_code == 200
    assert answer.headers["ETag"] == f'"{replaced["sha256"]}"' != f'"{image["sha256"]}"'
    assert (replaced["id"], replaced["name"], replaced["format"]) == (image["id"], "new.jpg", "jpeg")
    assert (replaced["small"], replaced["medium"]) == (None, None)
    assert replaced["created_at"] == image["created_at"]
    assert replaced["updated_at"] > image["updated_at"]
    assert client.get("/image/sample.png/").status_code == 404
    assert httpx.get(image["original"]).status_code == 200, "a link that was given out works until it expires"
    assert with_variants(client, image["id"])["small"]


def test_by_name_the_name_stays(client: httpx.Client) -> None:
    store(client)
    replaced = client.patch("/image/sample.png/", files={"original": ("other.png", a_picture(seed=3))})
    assert (replaced.status_code, replaced.json()["name"]) == (200, "sample.png")
    refused = client.patch("/image/sample.png/", files={"image": ("a.jpg", a_picture(ImageFormat.JPEG))})
    assert refused.status_code == 422
    assert "by its id" in refused.json()["image"][0]


def test_if_match_guards_replacement_and_deletion(client: httpx.Client) -> None:
    image = store(client)
    path, stale = f"/image/{image['id']}/", f'"{image["sha256"]}"'
    described = client.get(path).headers["ETag"]
    files = {"image": ("new.png", a_picture(seed=4))}
    assert client.patch(path, files=files, headers={"If-Match": '"other"'}).status_code == 412
    assert client.patch(path, files=files, headers={"If-Match": f"W/{stale}"}).status_code == 412
    with_variants(client, image["id"])
    replaced = client.patch(path, files=files, headers={"If-Match": described})
    assert replaced.status_code == 200, "variants that were made meanwhile are no change of the picture"
    assert client.put(path, files=files, headers={"If-Match": stale}).status_code == 412
    assert client.delete(path, headers={"If-Match": stale}).status_code == 412
    assert client.delete(path, headers={"If-Match": f'"x", {replaced.headers["ETag"]}'}).status_code == 204


def test_a_deleted_picture_is_gone_for_tokens_and_links(client: httpx.Client) -> None:
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
def test_what_is_not_there_is_a_404(client: httpx.Client, path: str) -> None:
    for method in ("GET", "HEAD", "DELETE"):
        if not (method == "DELETE" and path.endswith("small")):
            assert client.request(method, f"/image/{path}/").status_code == 404, method
    assert client.get(f"/image/{path}").status_code == 404


def test_somebody_elses_picture_is_a_404_like_any_other(server: Server, client: httpx.Client, username: str) -> None:
    id = store(client)["id"]
    with server.client(server.token(f"{username}-other")) as other:
        answers = [
            other.request(
                method, f"/image/{reference}/", files={"image": ("a.png", PICTURE)} if method == "PATCH" else None
            )
            for method in ("GET", "PATCH", "DELETE")
            for reference in (id, "sample.png", 999999)
        ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, '{"detail":"Not found."}')}


# Operation


def test_health_metrics_and_docs_answer_without_a_token(server: Server) -> None:
    assert httpx.get(f"{server.url}/health/live/").json() == {"status": "ok"}
    assert httpx.get(f"{server.url}/health/ready").json() == {"status": "ok"}
    metrics = httpx.get(f"{server.url}/metrics")
    assert metrics.headers["Content-Type"].count("charset") == 1
    assert 'calotype_variants{state="pending"}' in metrics.text
    docs = httpx.get(f"{server.url}/docs/")
    assert docs.status_code == 200
    assert "http://" not in docs.text.replace(server.url, "")
    assert "https://" not in docs.text
    schema = httpx.get(f"{server.url}/schema/openapi.json").json()
    assert {"/image", "/image/{reference}", "/image/{reference}/{variant}", "/api/token"} <= set(schema["paths"])
    assert set(schema["paths"]["/image/{reference}"]) >= {"get", "head", "patch", "put", "delete"}


def test_what_can_be_got_can_be_asked_about(client: httpx.Client) -> None:
    id = store(client)["id"]
    for path in ("/image/", f"/image/{id}/", "/image/sample.png/", "/health/live/", "/health/ready/"):
        head = client.head(path)
        assert (head.status_code, head.content) == (200, b""), path
        assert int(head.headers["Content-Length"]) == len(client.get(path).content)


def test_unknown_routes_and_methods_are_told_apart(server: Server) -> None:
    assert httpx.get(f"{server.url}/nope/").json() == {"detail": "Not found."}
    answer = httpx.put(f"{server.url}/image/")
    assert (answer.status_code, answer.json()) == (405, {"detail": 'Method "PUT" not allowed.'})
    assert "POST" in answer.headers["Allow"]
