"""Who may do what: every operation of the OpenAPI document, requested by each kind of client."""

import itertools
import json
import socket
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute

from adapters.system.tokens import HmacTokens
from domain.model.access.access_key import Scope, Serial
from entrypoints.configuration.loading import load_settings
from entrypoints.container import make_application
from entrypoints.http.app import build_routes, image_endpoints, public_endpoints
from entrypoints.http.metrics.figures import Metrics
from entrypoints.running import Startup
from kit.servers.calotype import Server
from kit.servers.requests import SAMPLE, store, with_variants

# Who may: whose key has these scopes, for images of the user of the key alone; "key": who has any; "ticket": who has one, with a token or
# without; "anyone": everybody. What is in parentheses is the kind of body, where it makes a difference.
WHO_MAY = """
POST    /image                              write
GET     /image                              read
HEAD    /image                              read
GET     /image/{reference}                  read
HEAD    /image/{reference}                  read
GET     /image/{reference}/{variant}        read
HEAD    /image/{reference}/{variant}        read
PUT     /image/{reference}                  write
PATCH   /image/{reference} (file)           write
PATCH   /image/{reference} (details)        read write
DELETE  /image/{reference}                  delete
POST    /ticket                             write
POST    /upload                             ticket
GET     /p/{file}                           anyone
HEAD    /p/{file}                           anyone
GET     /p/{slug}/{file}                    anyone
HEAD    /p/{slug}/{file}                    anyone
POST    /api/token                          anyone
GET     /account                            key
GET     /health/live                        anyone
HEAD    /health/live                        anyone
GET     /health/ready                       anyone
HEAD    /health/ready                       anyone
GET     /metrics                            anyone
"""
# These are not in the document, and hold nothing of users.
FOR_EVERYBODY = {"/", "/page/{name}", "/docs", "/docs/errors", "/schema", "/schema/{path}", "/schema/openapi.json"}
PASSWORD = "correct horse battery"
NO_TOKEN, INVALID = (401, "not-authenticated"), (401, "invalid-token")
NO_SCOPE, UNKNOWN = (403, "scope-missing"), (404, "image-not-found")
DONE = "done"


@dataclass(frozen=True)
class Row:
    """One operation, and who may request it."""

    method: str
    path: str
    body: str
    who: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.body}".strip()

    @property
    def concerns_one_image(self) -> bool:
        return "{reference}" in self.path

    @property
    def changes(self) -> bool:
        return self.method not in ("GET", "HEAD")


def rows() -> Iterator[Row]:
    for line in WHO_MAY.strip().splitlines():
        method, path, *rest = line.split()
        body = rest.pop(0) if rest[0].startswith("(") else ""
        yield Row(method, path, body, frozenset(rest) - {"key"})


@dataclass(frozen=True)
class World:
    """A server with an image of the user ``ada``, and what each kind of client sends as its token."""

    server: Server
    ada: httpx.Client
    image: Any
    tokens: Mapping[str, str | None]

    def request(self, row: Row, token: str | None, reference: str) -> tuple[int, str] | str:
        """What is answered: status and error code, or ``DONE``."""
        path = row.path.format(reference=reference, variant="small", slug="{slug}", file="{file}")
        if row.path == "/p/{file}":
            path = self.image["public_url"]
        if row.path == "/p/{slug}/{file}":
            path = self.image["variants"]["small"]["public_url"]
        sent: dict[str, Any] = {}
        if row.path in ("/image", "/image/{reference}", "/upload") and row.changes and row.method != "DELETE":
            sent["files"] = {"image": ("sample.png", SAMPLE)}
        if row.body == "(details)":
            sent = {"json": {"alt": "another text"}}
        if row.path == "/api/token":
            sent["data"] = {"username": "ada-of-the-table", "password": PASSWORD}
        if row.path == "/upload":
            path = self.ada.post("/ticket/").json()["url"]
        headers = {} if token is None else {"Authorization": f"Token {token}"}
        with self.server.client() as client:
            answer = client.request(row.method, path, headers=headers, **sent)
        return DONE if answer.is_success else (answer.status_code, answer.headers.get("Calotype-Error", ""))

    def state(self) -> Any:
        """All images of the user ``ada``, without links, which change with time."""
        kept = ("id", "name", "sha256", "updated_at", "alt")
        listed = self.ada.get("/image/?limit=100").json()
        return listed["count"], [[each[name] for name in kept] for each in listed["results"]]


@pytest.fixture(scope="module")
def world(server: Server) -> Iterator[World]:
    def issue(user: str, name: str, *more: str) -> tuple[str, str]:
        issued = json.loads(server.call("keys", "issue", user, "--name", name, "--json", *more).stdout)
        return issued["token"], str(issued["key"]["id"])

    ada, bob, eve = "ada-of-the-table", "bob-of-the-table", "eve-of-the-table"
    for user in (ada, bob, eve):
        server.call("users", "add", user, stdin=f"{PASSWORD}\n".encode())
    expired, expired_id = issue(ada, "expired", "--expires", "1d")
    with sqlite3.connect(server.folder / "calotype-data" / "calotype.sqlite3", timeout=60) as database:
        database.execute("UPDATE access_keys SET expires_at = created_at + 1 WHERE id = ?", (expired_id,))
    database.close()
    revoked, revoked_id = issue(ada, "revoked")
    server.call("keys", "revoke", revoked_id)
    rotated, rotated_id = issue(ada, "rotated")
    server.call("keys", "rotate", rotated_id)
    disabled, _ = issue(eve, "disabled")
    server.call("users", "disable", eve)
    whole, _ = issue(ada, "whole")
    tokens = {
        "no token": None,
        "garbage": "clt_wrong",
        "one character changed": whole[:-1] + ("a" if whole[-1] != "a" else "b"),
        "made up for a serial": HmacTokens([b"x" * 32]).derive(Serial(bytes(16))),
        "expired": expired,
        "revoked": revoked,
        "rotated": rotated,
        "of a disabled user": disabled,
        "of another user": issue(bob, "whole")[0],
        **{str(scope): issue(ada, f"only {scope}", "--scope", str(scope))[0] for scope in Scope},
        "all scopes": whole,
    }
    with server.client(whole) as client:
        image = store(client, name="first.png")
        with_variants(client, image["id"])
        image = client.patch(f"/image/{image['id']}/", json={"public": True}).json()
        yield World(server, client, image, tokens)


def expected(row: Row, caller: str) -> tuple[int, str] | str:
    """What the table says about this caller."""
    if row.who & {"anyone", "ticket"}:
        return DONE
    if caller == "no token":
        return NO_TOKEN
    if caller == "of another user":
        return UNKNOWN if row.concerns_one_image else DONE
    scopes = set(Scope) if caller == "all scopes" else {caller}
    if not scopes & set(Scope):
        return INVALID
    return DONE if row.who <= scopes else NO_SCOPE


@pytest.mark.parametrize("row", list(rows()), ids=str)
def test_each_client_may_do_what_the_table_says(world: World, row: Row) -> None:
    names = itertools.count()
    for caller, token in world.tokens.items():
        wanted = expected(row, caller)
        before = world.state()
        for kind in ("id", "name") if row.concerns_one_image else ("id",):
            image = world.image
            if row.changes and row.concerns_one_image and wanted == DONE:
                image = store(world.ada, name=f"{row.method}{row.body[1:5]}{next(names)}.png")
            assert world.request(row, token, str(image[kind])) == wanted, (caller, kind)
        is_of_another = caller == "of another user" and row.who != {"ticket"}
        if wanted != DONE or not row.changes or is_of_another:
            assert world.state() == before, (caller, "changed something")


@pytest.mark.parametrize("path", sorted(FOR_EVERYBODY))
def test_what_is_for_everybody_is_the_same_for_everybody(world: World, path: str) -> None:
    answers = set()
    for token in world.tokens.values():
        answer = httpx.get(world.server.url + path, headers={"Authorization": f"Token {token}"})
        answers.add((answer.status_code, answer.content))
    assert len(answers) == 1


def test_lists_and_tickets_of_another_user_concern_that_user_alone(world: World) -> None:
    before = world.state()
    with world.server.client(world.tokens["of another user"]) as bob:
        listed = bob.get("/image/?limit=100").json()
        assert all(each["alt"] == "" and each["id"] != world.image["id"] for each in listed["results"])
        url = bob.post("/ticket/").json()["url"]
        stored = world.ada.post(url, files={"image": ("of bob.png", SAMPLE)}).json()
        assert bob.get(f"/image/{stored['id']}/").status_code == 200
    assert world.ada.get(f"/image/{stored['id']}/").status_code == 404
    assert world.state() == before


def test_no_operation_is_left_out_of_the_table(world: World) -> None:
    document = httpx.get(f"{world.server.url}/schema/openapi.json").json()
    documented = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert {(row.method, row.path) for row in rows()} == documented


def test_no_route_is_left_out_of_the_document(world: World, tmp_path: Path) -> None:
    app = make_application(load_settings(None, {"CALOTYPE_STORAGE__DATA": str(tmp_path)}))
    metrics = Metrics()
    endpoints = image_endpoints(app, metrics)
    routes = build_routes(
        app,
        endpoints,
        public_endpoints(app, endpoints.delivery),
        Startup(app, upgrade=False),
        metrics,
    )
    answered = {
        (method, route.path_format)
        for route in routes.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    }
    documented = {(row.method, row.path) for row in rows()}
    assert {path for _, path in answered - documented} == FOR_EVERYBODY
    assert documented <= answered


@pytest.mark.parametrize("hosts", ["", "Host: a\r\nHost: b\r\n", "Host: a\r\nHost: a\r\n", "Host: \r\n"])
def test_no_operation_is_answered_without_one_host(world: World, hosts: str) -> None:
    token = world.tokens["all scopes"]
    for row in rows():
        path = row.path.format(reference=world.image["id"], variant="small", slug="a", file="b")
        with socket.create_connection(("127.0.0.1", world.server.port), timeout=60) as connection:
            connection.sendall(
                f"{row.method} {path} HTTP/1.1\r\n{hosts}Authorization: Token {token}\r\n"
                "Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )
            with connection.makefile("rb") as stream:
                answer = stream.read()
        assert answer.startswith(b"HTTP/1.1 400"), row
        assert b"calotype-error: host-not-stated" in answer.lower(), row
