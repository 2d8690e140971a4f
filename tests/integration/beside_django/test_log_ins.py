"""The same credentials, sent to Calotype and to a Django REST framework service."""

import base64
from collections.abc import Mapping

import httpx
import pytest

from kit.forms.drf_original import PASSWORD, USERNAME, DrfOriginal
from kit.forms.multipart import BASE64, FILE, MULTIPART, TITLE, form, part, text_type
from kit.servers.calotype import Server


def credentials(username: bytes, password: bytes = PASSWORD, more: bytes = b"") -> tuple[bytes, bytes]:
    return part(b'name="username"', username, more), part(b'name="password"', password, more)


URLENCODED = "application/x-www-form-urlencoded"
LOG_INS: Mapping[str, tuple[str, bytes]] = {
    "multipart": (MULTIPART, form(*credentials(b"ada"))),
    "multipart with other fields": (MULTIPART, form(TITLE, FILE, *credentials(b"ada"))),
    "multipart with a field twice": (MULTIPART, form(*credentials(b"eve"), *credentials(b"ada"))),
    "multipart with types": (MULTIPART, form(*credentials(b"ada", more=text_type(b"utf-8")))),
    "multipart in base64": (
        MULTIPART, form(*credentials(base64.b64encode(b"ada"), base64.b64encode(PASSWORD), BASE64))
    ),
    "multipart with spaces around the name": (MULTIPART, form(*credentials(b"\t ada "))),
    "spaces around the name": (URLENCODED, b"username=+ada%20&password=+correct+horse+"),
    "JSON with spaces around the name": ("application/json", b'{"username": " ada ", "password": " correct horse "}'),
    "other fields in Latin-1": (URLENCODED, b"note=%E9&username=ada&password=+correct+horse+"),
    "other bytes in Latin-1": (URLENCODED, b"note=\xe9&username=ada&password=+correct+horse+"),
    "a hundred other fields": (URLENCODED, b"a=b&" * 100 + b"username=ada&password=+correct+horse+"),
    "a charset": (f"{URLENCODED}; charset=UTF-8", b"username=ada&password=+correct+horse+"),
}  # fmt: skip


@pytest.fixture(scope="module")
def ada(server: Server) -> str:
    """The token of a user who has the same name and password in both services."""
    server.call("users", "add", USERNAME, stdin=PASSWORD + b"\n")
    return server.token(USERNAME)


@pytest.mark.parametrize("which", LOG_INS)
def test_credentials_are_accepted_as_by_django(original: DrfOriginal, server: Server, ada: str, which: str) -> None:
    content_type, body = LOG_INS[which]
    headers = {"Content-Type": content_type}
    assert original.post("/api/token/", body, headers) == 200
    answer = httpx.post(f"{server.url}/api/token/", content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"token": ada})


@pytest.mark.parametrize("password", [b"correct horse", b"", b" correct horse  "])
def test_spaces_are_a_part_of_the_password(original: DrfOriginal, server: Server, ada: str, password: bytes) -> None:
    body, headers = form(*credentials(b"ada", password)), {"Content-Type": MULTIPART}
    assert original.post("/api/token/", body, headers) == 400
    assert httpx.post(f"{server.url}/api/token/", content=body, headers=headers).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        form(*credentials(b"ada"))[:-6],
        form(part(b'name="username"; filename="a"', b"ada"), credentials(b"ada")[1]),
        b"username=ada",
        form(part(b'name="username"', b"ada")),
    ],
)
def test_credentials_that_are_not_complete_are_a_400(server: Server, body: bytes) -> None:
    answer = httpx.post(f"{server.url}/api/token/", content=body, headers={"Content-Type": MULTIPART})
    assert answer.status_code == 400, answer.text
