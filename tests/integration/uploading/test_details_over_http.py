"""Changing what is said about an image, against a real server."""

from typing import Any

import httpx
import pytest

from kit.servers.calotype import Server
from kit.servers.requests import store

NOTHING_SAID = {"alt": "", "tags": [], "public": False, "expires_at": None}


def details_of(image: dict[str, Any]) -> dict[str, Any]:
    return {name: image[name] for name in NOTHING_SAID}


def test_details_are_changed_one_by_one(client: httpx.Client) -> None:
    image = store(client)
    path = f"/image/{image['id']}/"
    assert details_of(image) == NOTHING_SAID
    answer = client.patch(path, json={"alt": " A  cat ", "tags": ["Zoo", "cat", "CAT "], "public": True})
    assert answer.status_code == 200
    expected = {"alt": "A  cat", "tags": ["cat", "zoo"], "public": True, "expires_at": None}
    assert details_of(answer.json()) == expected
    assert details_of(client.get(path).json()) == expected
    answer = client.patch(path, json={"expires_at": "2999-01-01T02:00:00+02:00"})
    assert details_of(answer.json()) == {**expected, "expires_at": "2999-01-01T00:00:00.000000Z"}
    assert answer.json()["updated_at"] == image["updated_at"]
    cleared = client.patch(path, json={"alt": "", "tags": [], "public": False, "expires_at": None})
    assert details_of(cleared.json()) == NOTHING_SAID
    assert httpx.get(image["original"]).status_code == 200


def test_the_description_has_a_new_entity_tag(client: httpx.Client) -> None:
    image = store(client)
    path = f"/image/{image['id']}/"
    held = client.get(path).headers["ETag"]
    client.patch(path, json={"alt": "A cat"})
    assert client.get(path, headers={"If-None-Match": held}).status_code == 200
    assert client.patch(path, json={"alt": "A dog"}, headers={"If-Match": '"other"'}).status_code == 412


def test_an_image_is_renamed(client: httpx.Client) -> None:
    image, other = store(client), store(client)
    renamed = client.patch("/image/sample.png/", json={"name": "../a b.jpg"})
    assert (renamed.status_code, renamed.json()["id"], renamed.json()["name"]) == (200, image["id"], "a b.png")
    assert client.get("/image/sample.png/").status_code == 404
    assert client.get("/image/a b.png/").status_code == 200
    taken = client.patch(f"/image/{other['id']}/", json={"name": "a b"})
    assert (taken.status_code, taken.headers["Calotype-Error"]) == (409, "image-name-taken")


def test_a_replaced_image_keeps_its_details(client: httpx.Client) -> None:
    image = store(client)
    path = f"/image/{image['id']}/"
    client.patch(path, json={"tags": ["cat"]})
    replaced = client.put(path, files={"image": ("b.png", httpx.get(image["original"]).content)})
    assert replaced.json()["tags"] == ["cat"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'{"size": 1}', b'{"alt": null}', b'{"tags": "cat"}', b'{"tags": [1]}',
        b'{"public": "true"}', b'{"expires_at": "2999-01-01T00:00:00"}', b'{"expires_at": 5}', b'{"alt": "\xff"}',
        b'{"expires_at": "9999-12-31T23:00:00-23:00"}', b'{"tags": ["' + b"a" * 65 + b'"]}', b'{"tags": [""]}',
        b'{"tags": ["a\\nb"]}', b'{"alt": "' + b"a" * 1001 + b'"}', b'{"expires_at": "2001-01-01T00:00:00Z"}',
        b'{"name": ""}', b'{"name": ". ."}', b'{"name": 3}', b'{"alt": "\\u0000"}', b'{"\\ud800": 1}',
        b'{"tags": [' + b",".join(b'"%d"' % each for each in range(33)) + b"]}",
    ],
)  # fmt: skip
def test_what_cannot_be_used_changes_nothing(client: httpx.Client, body: bytes) -> None:
    image = store(client)
    path = f"/image/{image['id']}/"
    refused = client.patch(path, content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 400, refused.text
    assert refused.json()["detail"]
    assert {**client.get(path).json(), "variants": None, "small": None, "medium": None} == {
        **image, "variants": None, "small": None, "medium": None,
    }  # fmt: skip


def test_lists_are_filtered_by_tag_and_by_public(client: httpx.Client) -> None:
    cat, dog = store(client)["id"], store(client)["id"]
    client.patch(f"/image/{cat}/", json={"tags": ["Cat"], "public": True})
    client.patch(f"/image/{dog}/", json={"tags": ["cats", "dog"]})

    def found(**query: str) -> list[int]:
        return [each["id"] for each in client.get("/image/", params=query).json()["results"]]

    assert found(tag="cat") == found(tag=" CAT ") == found(public="true") == [cat]
    assert found(public="false") == found(tag="dog") == [dog]
    assert found(tag="bird") == []
    for wrong in ({"public": "yes"}, {"tag": "a" * 65}):
        assert client.get("/image/", params=wrong).status_code == 400


@pytest.mark.parametrize("scope", ["read", "write"])
def test_a_key_must_read_and_write_to_change_details(
    server: Server, username: str, client: httpx.Client, scope: str
) -> None:
    image = store(client)
    token = server.call("keys", "issue", username, "--name", scope, "--scope", scope).stdout.decode().strip()
    refused = httpx.patch(
        f"{server.url}/image/{image['id']}/", json={"alt": "A cat"}, headers={"Authorization": f"Token {token}"}
    )
    assert refused.status_code == 403
    assert client.get(f"/image/{image['id']}/").json()["alt"] == ""


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"tags": [5]}, "tags[0] must be text, and is a whole number"),
        ({"public": "yes"}, "public must be true or false, and is text"),
        (
            {"expires_at": "tomorrow"},
            "expires_at must be a time with its offset from UTC, such as 2027-01-31T12:00:00Z",
        ),
        ({"title": "x"}, "it has the unknown member title"),
        ([], "the whole body must be an object, and is a list"),
    ],
)
def test_a_value_of_another_type_is_named_in_plain_words(client: httpx.Client, body: object, problem: str) -> None:
    answer = client.patch(f"/image/{store(client)['id']}/", json=body)
    assert (answer.status_code, answer.headers["Calotype-Error"]) == (400, "invalid-body")
    assert answer.json() == {"detail": f"The body of the request cannot be read: {problem}."}


def test_a_body_that_is_too_large_is_not_called_a_file(client: httpx.Client) -> None:
    path = f"/image/{store(client)['id']}/"
    for content in (b'{"alt": "%s"}' % (b"x" * 70_000), iter([b'{"alt": "', b"x" * 70_000, b'"}'])):
        answer = client.patch(path, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.headers["Calotype-Error"]) == (413, "body-too-large")
        assert answer.json() == {"detail": "The body of the request is larger than the limit of 65,536 bytes."}
