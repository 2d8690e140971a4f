"""The audit of a running service: who did what, over HTTP, on the command line, and by the service itself."""

import getpass
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.requests import PATIENCE, SAMPLE, store, with_variants

PASSWORD = "correct horse battery"
AUDITED = {
    "CALOTYPE_AUDIT__TABLE": "true",
    "CALOTYPE_AUDIT__LOG": "true",
    "CALOTYPE_LOGGING__FORMAT": "json",
    "CALOTYPE_HTTP__WORKERS": "2",
}


def audit(server: Server, *options: str) -> list[Any]:
    found: list[Any] = json.loads(server.call("audit", "list", "--json", "--limit", "1000", *options).stdout)
    return found


def test_each_deed_is_recorded_with_who_did_it(tmp_path: Path) -> None:
    with running(tmp_path, **AUDITED) as server:
        server.call("users", "add", "ada", stdin=f"{PASSWORD}\n".encode())
        issued = json.loads(server.call("keys", "issue", "ada", "--name", "camera", "--json").stdout)
        key = issued["key"]["id"]
        with server.client(issued["token"]) as client:
            image = with_variants(client, store(client)["id"])
            client.put(f"/image/{image['id']}/", files={"image": ("new.png", sample_image(seed=5))})
            client.patch(f"/image/{image['id']}/", json={"public": True, "name": "named.png"})
            ticket = client.post("/ticket/").json()["url"]
            assert httpx.post(ticket, files={"image": ("t.png", SAMPLE)}, timeout=60).status_code == 201
            client.get("/image/")
            client.get(f"/image/{image['id']}/")
            client.delete(f"/image/{image['id']}/")
        for given in (PASSWORD, "wrong password"):
            httpx.post(f"{server.url}/api/token/", data={"username": "ada", "password": given})
        httpx.post(f"{server.url}/api/token/", data={"username": PASSWORD, "password": "x"})
        server.call("keys", "revoke", str(key))
        server.call("users", "disable", "ada")
        records = audit(server)
        done = [(each["action"], each["by"], each["by_key"], each["subject"]) for each in records]
        number = f"image {image['id']}"
        assert done[:11] == [
            ("user.added", "cli", None, "user 1"),
            ("key.issued", "cli", None, f"key {key}"),
            ("image.stored", "key", key, number),
            ("image.replaced", "key", key, number),
            ("image.renamed", "key", key, number),
            ("image.renamed", "key", key, number),
            ("image.published", "key", key, number),
            ("ticket.issued", "key", key, ""),
            ("image.stored", "ticket", key, f"image {image['id'] + 1}"),
            ("image.deleted", "key", key, number),
            ("sign-in.accepted", "log-in", None, "user 1"),
        ]
        assert [each[0] for each in done[11:]] == [
            "key.issued",  # the default key, at the first log-in
            "sign-in.refused",
            "sign-in.refused",
            "key.revoked",
            "user.disabled",
        ]
        assert {each["address"] for each in records if each["by"] in ("key", "ticket", "log-in")} == {"127.0.0.1"}
        assert {each["by_name"] for each in records if each["by"] == "cli"} == {getpass.getuser()}
        assert {each["by_user"] for each in records if each["by"] in ("key", "ticket")} == {"ada"}
        assert PASSWORD not in json.dumps(records)
        assert len(audit(server, "--action", "sign-in.refused")) == 2
        assert [each["action"] for each in audit(server, "--user", "ada", "--since", "2099-01-01")] == []
        listed = server.call("audit", "list")
        assert b"image.stored" in listed.stdout
        assert listed.stderr == b""
    lines = [json.loads(line) for line in server.log.splitlines() if '"logger": "calotype.audit"' in line]
    logged = [each["action"] for each in lines]
    assert logged == [each[0] for each in done if each[1] != "cli"]
    assert PASSWORD not in server.log


def test_clients_at_the_same_moment_are_not_confused(tmp_path: Path) -> None:
    with running(tmp_path, **AUDITED) as server:
        tokens = {name: server.token(name) for name in ("ada", "bob", "eve", "joe")}

        def upload(name: str, number: int) -> None:
            with server.client(tokens[name]) as client:
                store(client, sample_image(width=40 + number, height=30), f"{name}.png")

        with ThreadPoolExecutor(12) as threads:
            list(threads.map(upload, [*tokens] * 6, range(24)))
        stored = audit(server, "--action", "image.stored")
    assert len(stored) == 24
    assert [each for each in stored if not each["detail"].startswith(each["by_user"])] == []
    assert all(each["by_user"] == each["user"] for each in stored)


def test_the_service_itself_is_who_deletes_what_expires(tmp_path: Path) -> None:
    with running(tmp_path, **AUDITED) as server, server.client(server.token()) as client:
        id = store(client)["id"]
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
        client.patch(f"/image/{id}/", json={"expires_at": soon})
        until = time.monotonic() + PATIENCE + 30
        while not audit(server, "--action", "image.deleted") and time.monotonic() < until:
            time.sleep(2)
        [deleted] = audit(server, "--action", "image.deleted")
        assert (deleted["by"], deleted["subject"], deleted["user"]) == ("service", f"image {id}", "admin")


def test_without_the_settings_nothing_is_recorded(server: Server, client: httpx.Client) -> None:
    store(client)
    assert audit(server) == []
    assert "calotype.audit" not in server.log


def test_a_list_says_that_nothing_is_recorded(server: Server) -> None:
    listed = server.call("audit", "list")
    assert listed.stderr == b"calotype: audit.table is off, so nothing is recorded now.\n"
