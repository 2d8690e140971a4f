"""The OpenAPI document of a running server: valid, complete, and usable where the server is."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from domain.model.images.page import Ordering
from kit.servers.calotype import Server
from kit.servers.programs import openapi_tools
from kit.servers.requests import store

OPEN = {"/api/token", "/upload", "/health/live", "/health/ready", "/metrics", "/p/{file}", "/p/{slug}/{file}"}


@pytest.fixture(scope="module")
def document(server: Server) -> Any:
    return httpx.get(f"{server.url}/schema/openapi.json").json()


def operations(document: Any) -> dict[tuple[str, str], Any]:
    return {(method, path): each for path, item in document["paths"].items() for method, each in item.items()}


def test_the_document_is_valid(document: Any, tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    ended = subprocess.run([openapi_tools(), "-m", "openapi_spec_validator", str(file)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("place", ["schema/openapi.json", "schema/openapi.json/"])
def test_the_server_is_found_below_any_path(server: Server, place: str) -> None:
    [described] = httpx.get(f"{server.url}/{place}").json()["servers"]
    for base in ("http://127.0.0.1:8000/", "https://example.org/images/"):
        assert urljoin(f"{base}{place}", described["url"]) == base


def schemas(part: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every schema of an object that ``part`` of the document contains, with its place."""
    if isinstance(part, dict):
        if part.get("type") == "object":
            yield place, part
        for name, each in part.items():
            yield from schemas(each, f"{place}/{name}")


def test_every_member_of_an_object_is_described(document: Any) -> None:
    members = [(place, *each) for place, schema in schemas(document) for each in schema.get("properties", {}).items()]
    assert len(members) > 100
    for place, name, member in members:
        assert "$ref" in member or member["description"], f"{place}: {name}"


def test_every_parameter_and_header_is_described(document: Any) -> None:
    for (method, path), operation in operations(document).items():
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (method, path, parameter["name"])
        for status, response in operation["responses"].items():
            for name, header in response.get("headers", {}).items():
                assert header["description"], (method, path, status, name)


def test_a_token_is_asked_for_only_where_one_is_needed(server: Server, document: Any) -> None:
    for (method, path), operation in operations(document).items():
        needed = operation.get("security", document["security"])
        answer = httpx.request(method, server.url + path.format(reference="1", variant="small", slug="a", file="b"))
        if path in OPEN:
            assert needed == [], path
            assert answer.status_code != 401
        else:
            assert {"token": []} in needed
            assert answer.status_code == 401


def test_every_body_has_a_schema_and_no_error_is_left_out(document: Any) -> None:
    for (method, path), operation in operations(document).items():
        responses = operation["responses"]
        if path not in OPEN:
            assert {"401", "403", "500", "503"} <= set(responses), path
        for status, response in responses.items():
            for content in response.get("content", {}).values():
                assert content["schema"], (method, path, status)
                assert content["schema"] != {"type": "null"}


def test_orderings_are_listed(document: Any) -> None:
    [ordering] = [each for each in document["paths"]["/image"]["get"]["parameters"] if each["name"] == "ordering"]
    assert ordering["schema"]["enum"] == [each.value for each in Ordering]


def test_an_image_object_has_exactly_the_documented_fields(client: httpx.Client, document: Any) -> None:
    schemas = document["components"]["schemas"]
    image = store(client)
    assert set(image) == set(schemas["ImageObject"]["properties"]) == set(schemas["ImageObject"]["required"])
    assert set(image["compression"]) == set(schemas["CompressionReceipt"]["properties"])
    assert {name for each in image["variants"].values() for name in each} == set(schemas["VariantObject"]["properties"])
    page = client.get("/image/").json()
    assert set(page) == set(schemas["ImagePage"]["properties"])
