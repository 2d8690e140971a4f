"""Errors for clients that ask for problem details, and for those that do not; the page that explains every error."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from architecture.test_errors import concrete_errors
from kit.servers.calotype import Server, running
from kit.servers.requests import INVALID, store

PROBLEM = "application/problem+json"
ASKING = {"Accept": f"application/json, {PROBLEM}"}


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    """The problem, without its address, at which the page explains its code."""
    assert answer.headers["Content-Type"] == PROBLEM
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem.get("code") == answer.headers.get("Calotype-Error")
    type = problem.pop("type")
    if "code" in problem:
        address, _, code = type.partition("#")
        assert code == problem["code"]
        assert f'<tr id="{code}">' in httpx.get(address).text
    else:
        assert type == "about:blank"
    return problem


@pytest.mark.parametrize("accept", ["*/*", "application/json", f"{PROBLEM};q=0.1, application/json"])
def test_other_clients_get_the_bodies_that_they_know(client: httpx.Client, accept: str) -> None:
    answer = client.post("/image/", files={"original": ("a.png", b"none")}, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/json")
    assert answer.json() == {"original": [INVALID]}


def test_a_problem_has_the_code_and_the_data_of_the_error(client: httpx.Client, server: Server) -> None:
    file = {"original": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>")}
    refused = problem_of(client.post("/image/", files=file, headers=ASKING))
    assert (refused["status"], refused["code"], refused["format"]) == (422, "format-not-accepted", "SVG")
    assert "JPEG" in refused["accepted"]
    assert refused["title"] == "Format not accepted"
    assert refused["detail"].startswith("SVG files are not accepted.")
    size = store(client)["size"]
    beyond = problem_of(client.get("/image/sample.png/", headers={**ASKING, "Range": "bytes=99999999-"}))
    assert (beyond["status"], beyond["code"], beyond["size"]) == (416, "range-not-satisfiable", size)
    ordered = problem_of(client.get("/image/?ordering=size,name", headers=ASKING))
    assert (ordered["code"], ordered["parameter"]) == ("invalid-parameter", "ordering")
    unknown = client.get("/image/0/", headers=ASKING)  # by the hot path
    assert problem_of(unknown) == {
        "title": "Image not found",
        "status": 404,
        "detail": "Not found.",
        "code": "image-not-found",
    }
    stranger = httpx.get(f"{server.url}/image/", headers=ASKING)
    assert problem_of(stranger)["code"] == "not-authenticated"
    assert stranger.headers["WWW-Authenticate"] == "Token"


def test_the_openapi_document_describes_problems(client: httpx.Client) -> None:
    paths = client.get("/schema/openapi.json").json()["paths"]
    for path, status, headers in (("/image", "401", {"Authorization": ""}), ("/image/{reference}", "404", {})):
        responses = paths[path]["get"]["responses"]
        schema = responses[status]["content"][PROBLEM]["schema"]
        answer = client.get(path.format(reference="0"), headers={**ASKING, **headers})
        assert str(answer.status_code) == status
        assert set(schema["required"]) < set(schema["properties"]) <= set(answer.json())
        assert "application/json" in responses[status]["content"]
        assert PROBLEM not in responses["200"]["content"]


def test_a_status_without_a_code_is_a_problem_too(client: httpx.Client) -> None:
    assert problem_of(client.get("/nothing/", headers=ASKING)) == {
        "title": "Not Found",
        "status": 404,
        "detail": "Not found.",
    }
    answer = client.put("/image/", headers=ASKING)
    assert problem_of(answer)["title"] == "Method Not Allowed"
    assert "POST" in answer.headers["Allow"]


def test_the_address_of_a_code_begins_with_the_public_url(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_HTTP__PUBLIC_URL="https://example.org/images/") as server:
        problem = httpx.get(f"{server.url}/image/", headers=ASKING).json()
    assert problem["type"] == "https://example.org/images/docs/errors/#not-authenticated"


def test_a_page_explains_every_error_that_http_knows(server: Server) -> None:
    page = httpx.get(f"{server.url}/docs/errors/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    explained = re.findall(r'<tr id="([^"]+)"><td><code>\1</code></td><td>(\d+)</td><td>[^{}]+?</td>', page.text)
    known = {error.code for error in concrete_errors() if not error.__module__.startswith("entrypoints.cli")}
    assert {code for code, _ in explained} == known
    assert len(explained) == len(known)
    assert ("file-too-large", "413") in explained
    for path in ("/docs", "/docs/"):
        docs = httpx.get(f"{server.url}{path}")
        links = re.findall(r'href="([^"]+)"', docs.text)
        assert [httpx.get(docs.url.join(link)).status_code for link in links] == [200, 200]
