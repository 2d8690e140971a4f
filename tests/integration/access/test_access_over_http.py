"""Authentication and authorisation, against a real server."""

import json

import httpx
import pytest

from entrypoints.settings import Settings
from kit.servers.calotype import Server
from kit.servers.requests import SAMPLE, store


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
def test_requests_without_a_valid_token_are_refused(
    server: Server, method: str, header: str | None, detail: str
) -> None:
    answer = httpx.request(method, f"{server.url}/image/", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json()) == (401, {"detail": detail})
    assert answer.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("scheme", ["Token", "token", "BEARER", "Bearer"])
def test_both_schemes_are_accepted_in_any_case(server: Server, username: str, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {server.token(username)}"}
    assert httpx.get(f"{server.url}/image/", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("scope", "allowed"), [("read", {"GET"}), ("write", {"POST", "PATCH", "PUT"}), ("delete", {"DELETE"})]
)
def test_a_key_allows_what_its_scopes_say(server: Server, username: str, scope: str, allowed: set[str]) -> None:
    with server.client(server.token(username)) as client:
        id = store(client)["id"]
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
            files = {"original": ("a.png", SAMPLE)} if method in ("POST", "PATCH", "PUT") else None
            answer = client.request(method, f"/image/{path}", files=files)
            assert (answer.status_code != 403) == (method in allowed), f"{method} {path}: {answer.text}"
            if answer.status_code == 403:
                assert list(answer.json()) == ["detail"]


def test_a_key_decides_the_compression_of_its_uploads(server: Server, username: str) -> None:
    as_set, token = Settings().images.compression, server.token(username)
    answer = server.call("keys", "issue", username, "--name", "raw", "--compression", "off", "--json").stdout
    issued = json.loads(answer)
    with server.client(token) as usual, server.client(issued["token"]) as raw:
        packed, kept = store(usual), store(raw)
        assert [each["compression"]["mode"] for each in (packed, kept)] == [as_set, "off"]
        assert packed["size"] < kept["size"] <= len(SAMPLE)

        def replaced(client: httpx.Client, id: int) -> str:
            answer = client.patch(f"/image/{id}/", files={"original": ("again.png", SAMPLE)})
            return str(answer.json()["compression"]["mode"])

        assert (replaced(raw, packed["id"]), replaced(usual, kept["id"])) == ("off", as_set)
        server.call("keys", "set-compression", str(issued["key"]["id"]), "lossless")
        assert store(raw)["compression"]["mode"] == "lossless"
        server.call("keys", "set-compression", str(issued["key"]["id"]), "default")
        assert store(raw)["compression"]["mode"] == as_set


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


def test_a_password_is_exchanged_for_the_same_token_each_time(server: Server, username: str) -> None:
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
