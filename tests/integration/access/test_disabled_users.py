"""Everything that was given out in the name of a user ends when the user is disabled, and works again afterwards."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.postgres import Postgres
from kit.servers.requests import store, with_variants

PASSWORD = "correct horse battery"
REFUSED = {
    "token": (401, "invalid-token"),
    "token, by name": (401, "invalid-token"),
    "log-in": (400, "wrong-credentials"),
    "new ticket": (401, "invalid-token"),
    "ticket": (403, "ticket-invalid"),
    "link": (404, "image-not-found"),
    "link to a variant": (404, "image-not-found"),
    "link to replaced bytes": (404, "image-not-found"),
    "public image": (404, "image-not-found"),
    "public variant": (404, "image-not-found"),
}


def check_all_ends(server: Server, username: str) -> None:
    server.call("users", "add", username, stdin=f"{PASSWORD}\n".encode())
    credentials = {"username": username, "password": PASSWORD}
    token = httpx.post(f"{server.url}/api/token/", data=credentials).json()["token"]
    with server.client(token) as client:
        old = store(client, sample_image(seed=7), "old.png")
        client.put(f"/image/{old['id']}/", files={"image": ("new.png", sample_image(seed=8))})
        image = with_variants(client, store(client)["id"])
        image = client.patch(f"/image/{image['id']}/", json={"public": True}).json()
        tickets = iter([client.post("/ticket/").json()["url"] for _ in range(6)])

        def answers() -> Mapping[str, tuple[int, str]]:
            asked: Mapping[str, Any] = {
                "token": client.get(f"/image/{image['id']}/"),
                "token, by name": client.get("/image/sample.png/"),
                "log-in": httpx.post(f"{server.url}/api/token/", data=credentials),
                "new ticket": client.post("/ticket/"),
                "ticket": httpx.post(next(tickets), files={"image": ("b.png", sample_image(seed=9))}, timeout=60),
                "link": httpx.get(image["original"]),
                "link to a variant": httpx.get(image["variants"]["small"]["url"]),
                "link to replaced bytes": httpx.get(old["original"]),
                "public image": httpx.get(image["public_url"]),
                "public variant": httpx.get(image["variants"]["small"]["public_url"]),
            }
            return {name: (each.status_code, each.headers.get("Calotype-Error", "")) for name, each in asked.items()}

        def all_work() -> bool:
            return all(status in (200, 201) for status, _ in answers().values())

        assert all_work()
        server.call("users", "disable", username)
        assert answers() == REFUSED
        assert answers() == REFUSED
        server.call("users", "enable", username)
        assert all_work()


def test_all_that_was_given_out_ends_at_once(server: Server, username: str) -> None:
    check_all_ends(server, username)


def test_it_ends_at_once_on_postgresql_and_in_every_process(tmp_path: Path, username: str, postgres: Postgres) -> None:
    url = postgres.fresh_url(upgraded=True).replace("+asyncpg", "")
    with running(tmp_path, CALOTYPE_DATABASE__URL=url, CALOTYPE_HTTP__WORKERS="2") as server:
        check_all_ends(server, username)


@pytest.mark.parametrize("command", ["disable", "enable"])
def test_a_user_who_does_not_exist_cannot_be_disabled(server: Server, command: str) -> None:
    assert server.call("users", command, "nobody-at-all", check=False).returncode == 66
