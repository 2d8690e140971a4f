"""Query parameters and form fields that do nothing are named in a header, and change nothing else."""

from dataclasses import fields
from functools import partial
from pathlib import Path

import httpx
import pytest

from domain.model.images.image_filter import ImageFilter
from entrypoints.http.routes.openapi.operations import LIST
from kit.forms.multipart import FILE, MULTIPART, form, part
from kit.servers.calotype import Server, running
from kit.servers.requests import SAMPLE, store

HEADER = "Calotype-Ignored"


def ignored(answer: httpx.Response) -> str | None:
    found: str | None = answer.headers.get(HEADER)
    return found


def test_a_misspelt_parameter_is_named_and_passed_over(client: httpx.Client) -> None:
    store(client)
    plain, misspelt = (client.get("/image/", params=asked) for asked in ({}, {"seach": "nothing"}))
    assert (plain.status_code, ignored(plain)) == (200, None)
    assert (misspelt.status_code, ignored(misspelt)) == (200, "seach")
    assert misspelt.json()["results"][0]["name"] == plain.json()["results"][0]["name"] == "sample.png"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/image", 200), ("HEAD", "/image/", 200), ("GET", "/image/{id}/", 200), ("GET", "//image//{id}", 200),
        ("GET", "/image/sample.png/", 200), ("GET", "/image/0/", 404), ("GET", "/image/sample.png/poster/", 404),
        ("GET", "/image/sample.png/small/large/", 404), ("POST", "/image/", 415), ("PUT", "/image/{id}/", 415),
        ("PATCH", "/image/0/", 404), ("DELETE", "/image/0/", 404), ("POST", "/ticket/", 201), ("POST", "/upload/", 403),
        ("GET", "/account/", 200), ("POST", "/api/token/", 400), ("GET", "/p/nothing.png", 404), ("GET", "/p/no/thing.png", 404),
        ("GET", "/health/live/", 200), ("GET", "/health/ready/", 200), ("GET", "/metrics", 200), ("BREW", "/image/", 405),
    ],
)  # fmt: skip
def test_every_route_names_what_it_does_not_know(client: httpx.Client, method: str, path: str, status: int) -> None:
    id = store(client)["id"]
    answer = client.request(method, f"{client.base_url}{path.format(id=id)}?v2=1&tags%5B%5D=a")
    assert answer.status_code == status
    is_route = status != 405 and "large" not in path
    assert ignored(answer) == ("v2, tags[]" if is_route else None)


def test_errors_before_the_routes_name_it_too(server: Server, client: httpx.Client, tmp_path: Path) -> None:
    refused = client.get("/image/?seach=a", headers={"Authorization": "Token wrong"})
    assert (refused.status_code, ignored(refused)) == (401, "seach")
    with running(tmp_path, CALOTYPE_QUOTA__REQUESTS_PER_MINUTE="1") as strict, strict.client(strict.token()) as hurried:
        answers = [hurried.get("/image/?seach=a") for _ in range(3)]
    assert answers[-1].status_code == 429
    assert {ignored(each) for each in answers} == {"seach"}


def test_what_is_used_is_not_named(client: httpx.Client) -> None:
    image = store(client)
    assert {each.name for each in LIST.parameters if each.param_in == "query"} == {
        "limit", "offset", "cursor", "ordering", *(each.name for each in fields(ImageFilter)),
    }  # fmt: skip
    values = {
        "limit": "1", "offset": "0", "ordering": "name", "type": "png", "search": "s", "tag": "t", "public": "false",
        "created_after": "2020-01-01", "created_before": "2090-01-01", "min_width": "1", "max_width": "9000", "min_height": "1",
        "max_height": "9000", "min_size": "1", "max_size": "90000", "uploaded_sha256": "0" * 64,
    }  # fmt: skip
    store(client)
    following = client.get("/image/", params={"limit": "1"}).json()["next"]
    public = client.patch(f"/image/{image['id']}/", json={"public": True}).json()["public_url"]
    ticket = client.post("/ticket/").json()["url"]
    sent = {"Content-Type": "image/png"}
    for answer in (
        client.get("/image/", params=values),
        client.get(following),
        client.get(image["original"]),
        client.get(public),
        client.get(f"/image/{image['id']}/?wait=1"),
        client.post(ticket, files={"image": ("a.png", SAMPLE)}),
        client.post("/image/?name=a.png", content=SAMPLE, headers=sent),
        client.put(f"/image/{image['id']}/?name=b.png", content=SAMPLE, headers=sent),
    ):
        assert (answer.is_success, ignored(answer)) == (True, None), answer.request.url


def test_a_known_parameter_that_does_nothing_here_is_named(client: httpx.Client) -> None:
    image = store(client)
    store(client)
    cursor = client.get("/image/", params={"limit": "1"}).json()["next"]
    disposition = {"Content-Type": "image/png", "Content-Disposition": 'attachment; filename="a.png"'}
    for answer, name in (
        (client.get("/image/?limit=all"), "limit"),
        (client.get("/image/?limit=0"), "limit"),
        (client.get("/image/?offset=-1"), "offset"),
        (client.get(f"{cursor}&offset=1"), "offset"),
        (client.get("/image/?tag=a&tag=b"), "tag"),
        (client.get("/image/sample.png/?wait=1"), "wait"),
        (client.post("/image/?name=b.png", files={"image": ("a.png", SAMPLE)}), "name"),
        (client.post("/image/?name=b.png", content=SAMPLE, headers=disposition), "name"),
        (client.patch(f"/image/{image['id']}/?name=b.png", json={"alt": "a"}), "name"),
    ):
        assert (answer.is_success, ignored(answer)) == (True, name), answer.request.url


def test_form_fields_that_do_nothing_are_named(client: httpx.Client) -> None:
    more = {"title": "A cat", "tags": "cat, pet"}
    stored = client.post("/image/", data=more, files={"image": ("a.png", SAMPLE), "thumb": ("b.png", SAMPLE)})
    assert (stored.status_code, ignored(stored)) == (201, "title, tags, thumb")
    assert ignored(client.post("/image/", files={"image": ("a.png", SAMPLE)})) is None
    both = client.post("/image/?x=1", data={"original": "text"}, files={"image": ("a.png", SAMPLE)})
    assert (both.status_code, ignored(both)) == (201, "x, original")
    lacking = client.post("/image/", data={"title": "A cat"}, files={"file": ("a.png", SAMPLE)})
    assert (lacking.status_code, lacking.headers["Calotype-Error"], ignored(lacking)) == (422, "no-file", "title, file")
    replaced = client.put(f"/image/{stored.json()['id']}/", data=more, files={"original": ("a.png", SAMPLE)})
    assert (replaced.status_code, ignored(replaced)) == (200, "title, tags")


@pytest.mark.parametrize("kind", ["data", "json", "files"])
def test_fields_of_a_log_in_that_do_nothing_are_named(server: Server, kind: str) -> None:
    values = {"username": "nobody", "pasword": "secret-12", "next": "/"}
    parts = {name: (None, value) for name, value in values.items()}
    sending = {
        "data": partial(httpx.post, data=values),
        "json": partial(httpx.post, json=values),
        "files": partial(httpx.post, files=parts),
    }
    answer = sending[kind](f"{server.url}/api/token/")
    assert (answer.json(), ignored(answer)) == ({"password": ["This field is required."]}, "pasword, next")


UNSAFE = {
    "?a%0D%0ASet-Cookie:%20b=c": "a%0D%0ASet-Cookie%3A%20b",
    "?%00=1&%7F=1&a,b=1&%22=1": "%00, %7F, a%2Cb, %22",
    "?%FF=1": "%EF%BF%BD",
    "?ümlaut=1": "%C3%BCmlaut",
    "?&&=1&=": None,
    f"?{'x' * 70}=1": "x" * 64,
    f"?{'%C3%BC' * 30}=1": "%C3%BC" * 10 + "%C3",
    "?" + "&".join(f"n{number}" for number in range(16)): ", ".join(f"n{number}" for number in range(16)),
    "?" + "&".join(f"n{number}" for number in range(900)): ", ".join(f"n{number}" for number in range(16)) + ", ...",
    "?lim%69t=1&limit=2": "limit",
}


@pytest.mark.parametrize("query", UNSAFE)
def test_names_are_made_safe_and_bounded(client: httpx.Client, query: str) -> None:
    answer = client.get(httpx.URL(f"{client.base_url}/image/{query}"))
    assert (answer.status_code, ignored(answer)) == (200, UNSAFE[query])
    assert "Set-Cookie" not in answer.headers


def test_names_of_form_fields_are_made_safe_and_bounded(client: httpx.Client) -> None:
    names = [
        b'name="a\rb"',
        b'name="x: y, z"',
        'name="schön"'.encode(),
        b'name="\xff"',
        b"",
        b'name="' + b"n" * 4000 + b'"',
    ]
    many = [part(b'name="f%d"' % number) for number in range(40)]
    for fields_of_form, expected in (
        ([part(each) for each in names], ["a%0Db", "x%3A%20y%2C%20z", "sch%C3%B6n", "%3F", "n" * 64]),
        (many, [*(f"f{number}" for number in range(16)), "..."]),
    ):
        body = form(*fields_of_form, FILE)
        answer = client.post("/image/", content=body, headers={"Content-Type": MULTIPART})
        assert (answer.status_code, ignored(answer)) == (201, ", ".join(expected))


def test_a_cached_answer_does_not_keep_the_names_of_another_request(client: httpx.Client) -> None:
    path = f"/image/{store(client)['id']}/"
    found = [ignored(client.get(path + query)) for query in ("", "?a=1", "", "?b=1", "")]
    assert found == [None, "a", None, "b", None]


def test_the_page_and_the_documents_name_nothing(server: Server) -> None:
    for path in ("/", "/docs/", "/docs/errors/", "/schema/openapi.json"):
        for accept in ("text/html", "*/*"):
            answer = httpx.get(f"{server.url}{path}?utm_source=a", headers={"Accept": accept})
            assert (answer.status_code, ignored(answer)) == (200, None)
