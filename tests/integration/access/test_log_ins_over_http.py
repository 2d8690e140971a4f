"""Log-ins that fail, against real servers."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from kit.servers.calotype import Server, running

PASSWORD = "correct horse"
BEHIND_A_PROXY = {"CALOTYPE_HTTP__TRUSTED_PROXIES": "127.0.0.1"}
STRANGERS = [f"203.0.113.{number}" for number in range(50)]

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
BOMBS = {
    "unfinished": b"{",
    "a list": b"[]",
    "a text": b'"x"',
    "no UTF-8": b"\xff",
    "a surrogate in UTF-8": b'{"username": "\xed\xa0\x80", "password": "x", "url": "\xed\xa0\x80"}',
    "a lone surrogate": b'{"username": "\\ud800", "password": "x", "url": "\\ud800", "alt": "\\udfff"}',
    "a lone surrogate as a name": b'{"\\ud800": 1}',
    "an object for a text": b'{"username": {"a": 1}, "password": 5, "url": {}, "alt": {}}',
    "deep objects": b'{"a":' * 3000,
    "deep lists": b'{"username":' + b"[" * 60_000,
    "deep lists, finished": b'{"alt":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "a number of many digits": b'{"username":%b,"password":"x","expires_in":%b,"url":1}' % ((b"9" * 20_000,) * 2),
    "a number beyond all": b'{"username":1e999,"password":"x","expires_in":1e999,"alt":-1e999}',
    "not a number": b'{"username": NaN, "expires_in": NaN, "alt": NaN, "url": NaN}',
}


def log_in(server: Server, username: str, password: str, address: str = "") -> httpx.Response:
    headers = {"X-Forwarded-For": address} if address else {}
    return httpx.post(
        f"{server.url}/api/token/", data={"username": username, "password": password}, headers=headers, timeout=60
    )


@pytest.mark.parametrize("bomb", BOMBS)
def test_json_that_cannot_be_read_is_a_400_on_every_route(client: httpx.Client, bomb: str) -> None:
    image = client.post("/image/", files={"original": ("a.png", b"")}, headers={"Authorization": ""})
    assert image.status_code == 401  # the client has a token, which every request below sends
    for method, path in (("POST", "/api/token/"), ("POST", "/ticket/"), ("PATCH", "/image/1/"), ("POST", "/image/")):
        answer = client.request(method, path, content=BOMBS[bomb], headers={"Content-Type": JSON})
        allowed = {403} if path == "/image/" and method == "POST" else {400}  # the setting images.from_urls is off
        assert answer.status_code in allowed, f"{method} {path}: {answer.text}"


def test_malformed_forms_are_a_400(server: Server) -> None:
    url = f"{server.url}/api/token/"
    for body in (b"username=%ff&password=x", b"username=%ed%a0%80&password=%00", b"username=\xff&password=x"):
        assert httpx.post(url, content=body, headers={"Content-Type": FORM}).status_code == 400
    assert httpx.post(url, content=b"x", headers={"Content-Type": "a/b"}).status_code == 415


def test_guessing_passwords_is_limited(server: Server, username: str) -> None:
    server.call("users", "add", username, "--password", PASSWORD)
    answers = [log_in(server, username, "wrong") for _ in range(12)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 60
    assert answers[-1].headers["Calotype-Error"] == "too-many-attempts"
    assert list(answers[-1].json()) == ["detail"]


def test_users_log_in_while_fifty_addresses_guess_and_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_HTTP__WORKERS="2", **BEHIND_A_PROXY) as server:
        server.call("users", "add", "ada", "--password", PASSWORD)
        assert log_in(server, "ada", PASSWORD, "198.51.100.7").status_code == 200
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda number: log_in(server, "ada", "wrong", STRANGERS[number % 50]), range(120)))
            statuses = [answer.status_code for answer in answers]
            assert set(statuses) == {400, 429}
            assert 50 <= statuses.count(400) <= 64
        for address in ("198.51.100.7", "192.0.2.1"):  # one that is known, and one that is new
            assert log_in(server, "ada", PASSWORD, address).status_code == 200
        assert log_in(server, "ada", PASSWORD, STRANGERS[0]).status_code == 429
        server.stop()
        server.start()
        assert log_in(server, "ada", PASSWORD, STRANGERS[0]).status_code == 429
        assert log_in(server, "ada", PASSWORD, "192.0.2.1").status_code == 200


def test_addresses_of_one_ipv6_network_are_one(tmp_path: Path) -> None:
    with running(tmp_path, **BEHIND_A_PROXY) as server:
        server.call("users", "add", "ada", "--password", PASSWORD)
        answers = [log_in(server, "ada", "wrong", f"2001:db8:1:2::{number:x}") for number in range(12)]
        assert [answer.status_code for answer in answers] == [400] * 10 + [429] * 2
        assert log_in(server, "ada", PASSWORD, "2001:db8:1:2::ffff").status_code == 429
        assert log_in(server, "ada", PASSWORD, "2001:db8:1:3::1").status_code == 200


def test_no_name_and_no_address_is_stored_as_it_is(tmp_path: Path) -> None:
    with running(tmp_path, **BEHIND_A_PROXY) as server:
        server.call("users", "add", "ada", "--password", PASSWORD)
        assert log_in(server, "an-unknown-name", "wrong", "203.0.113.77").status_code == 400
        assert log_in(server, "ada", PASSWORD, "203.0.113.78").status_code == 200
        server.stop()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "calotype-data").glob("calotype.sqlite3*"))
    assert b"ada" in stored
    assert b"an-unknown-name" not in stored
    assert b"203.0.113" not in stored
