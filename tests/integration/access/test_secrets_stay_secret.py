"""Every secret is a value that is then looked for wherever Calotype writes: it must be nowhere."""

import asyncio
import base64
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg
import httpx
import pytest

from adapters.system.server_secrets import ServerSecrets
from kit.servers.calotype import Server, proc_file, running
from kit.servers.object_stores import ObjectStores, as_settings
from kit.servers.postgres import Postgres
from kit.servers.requests import SAMPLE, store, with_variants

SERVER_SECRET = "canary-of-the-server-secret-0123456789"
PASSWORD = "canary of a password"
DATABASE_PASSWORD = "canary-of-the-database"
WRONG = "canary-of-a-wrong-secret"
PATIENCE = 60  # seconds
PURPOSES = ("token", "link", "ticket", "webhook")
LOUD = {
    "CALOTYPE_LOGGING__LEVEL": "debug",
    "CALOTYPE_AUTH__SECRETS": SERVER_SECRET,
    "CALOTYPE_AUDIT__TABLE": "true",
    "CALOTYPE_AUDIT__LOG": "true",
    "CALOTYPE_REMOTE__ALLOWED_NETWORKS": "127.0.0.1/32",
}
COMMANDS = (
    "doctor", "config show", "config show --json", "users list --json", "keys list --json", "keys show 1 --json",
    "webhooks list --json", "webhooks failed --json", "webhooks test 1", "jobs list --json", "jobs stats", "storage show",
    "variants list", "images list --user ada", "audit list --json", "storage move --to storage.other", "keys rotate 99", "--version",
    f"db copy --to postgresql://calotype:{WRONG}@127.0.0.1:1/calotype",
    f"db copy --to nonsense://calotype:{WRONG}@127.0.0.1:1/calotype",
)  # fmt: skip
MISTYPED = {
    "CALOTYPE_DATABASE__URL": f"nonsense://calotype:{WRONG}@127.0.0.1/x",
    "CALOTYPE_AUTH__SECRETS": WRONG[:20],
    "CALOTYPE_STORAGE__SECRET_KEY": f"{WRONG}\n",
}


def forms(secret: str | bytes) -> Iterator[bytes]:
    """How a secret may be written."""
    raw = secret.encode() if isinstance(secret, str) else secret
    yield raw
    yield raw.hex().encode()
    yield quote(raw).encode()
    yield json.dumps(raw.decode("latin-1"))[1:-1].encode()
    for encoded in (base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        yield encoded.rstrip(b"=")


def leaks(secrets: Mapping[str, str | bytes], texts: Mapping[str, bytes]) -> list[tuple[str, str]]:
    return [
        (name, place)
        for name, secret in secrets.items()
        for place, text in texts.items()
        if any(form in text for form in forms(secret))
    ]


def files_in(folder: Path, *names: str) -> Mapping[str, bytes]:
    return {str(each): each.read_bytes() for name in names for each in folder.rglob(name) if each.is_file()}


def said_by_commands(server: Server) -> Mapping[str, bytes]:
    ended = {command: server.call(*command.split(), check=False) for command in COMMANDS}
    for name, value in MISTYPED.items():
        mistaken = Server(server.folder, {**server.settings, name: value})
        ended[f"{name} is wrong"] = mistaken.call("doctor", check=False)
    return {command: each.stdout + each.stderr for command, each in ended.items()}


def answers(server: Server, requests: Iterable[httpx.Request]) -> Mapping[str, bytes]:
    """Whatever is answered, with its headers."""
    with server.client() as client:
        received = [client.send(each) for each in requests]
    return {
        f"{each.request.method} {each.request.url.path} {number}": each.content + str(each.headers.raw).encode()
        for number, each in enumerate(received)
    }


def hostile_requests(server: Server, token: str) -> Iterator[httpx.Request]:
    """Requests that are answered with errors, and hold a secret."""
    for header in (f"Token {token}x", f"Token {token} x", f"Basic {token}", token, f"Bearer {token[:-1]}"):
        yield httpx.Request("GET", f"{server.url}/image/", headers={"Authorization": header})
    valid = {"Authorization": f"Token {token}"}
    for method, path in (
        ("GET", "/image/nothing.png/"), ("GET", "/image/?cursor=nothing"), ("POST", "/image/"), ("PATCH", "/image/1/"),
        ("GET", "/nothing/"), ("DELETE", "/image/99/"), ("POST", "/upload/?ticket=nothing"), ("GET", "/metrics"),
        ("GET", "/health/ready/"), ("GET", "/schema/openapi.json"), ("GET", "/docs/"), ("PUT", f"/image/?token={token}"),
    ):  # fmt: skip
        yield httpx.Request(method, server.url + path, headers=valid)
    for problem in ("application/json", "application/problem+json"):
        for given in ({"username": "ada", "password": PASSWORD + "x"}, {"password": PASSWORD}, {"username": PASSWORD}):
            yield httpx.Request("POST", f"{server.url}/api/token/", data=given, headers={"Accept": problem})
            yield httpx.Request("POST", f"{server.url}/api/token/", json=given, headers={"Accept": problem})


def command_lines(server: Server) -> Mapping[str, bytes]:
    return {f"command line of {pid}": proc_file(pid, "cmdline").encode() for pid in server.processes()}


@contextmanager
def used(folder: Path, settings: dict[str, str]) -> Iterator[tuple[Server, dict[str, str | bytes]]]:
    """A server that was used in every way, and its secrets by their names."""
    with running(folder, **LOUD, **settings) as server:
        server.call("users", "add", "ada", stdin=f"{PASSWORD}\n".encode())
        added = server.call("webhooks", "add", "ada", "http://127.0.0.1:1/hook", "--json").stdout
        answer = httpx.post(f"{server.url}/api/token/", data={"username": "ada", "password": PASSWORD})
        token = answer.json()["token"]
        with server.client(token) as client:
            image = with_variants(client, store(client)["id"])
            assert httpx.get(image["original"]).status_code == 200
            ticket = client.post("/ticket/").json()["url"]
            assert httpx.post(ticket, files={"image": ("b.png", SAMPLE)}).status_code == 201
            client.delete(f"/image/{image['id']}/")
        issued = json.loads(server.call("keys", "issue", "ada", "--name", "more", "--json").stdout)
        yield (
            server,
            {
                "server secret": SERVER_SECRET,
                **{f"key for {each}s": ServerSecrets((SERVER_SECRET,)).keys_for(each)[0] for each in PURPOSES},
                "token": token,
                "another token": issued["token"],
                "password": PASSWORD,
                "secret of a webhook": json.loads(added)["secret"].removeprefix("whsec_"),
                "signature of a link": image["original"].partition("ignature=")[2].partition("&")[0],
                "ticket": ticket.partition("ticket=")[2].partition(".")[2],
                "what was mistyped": WRONG,
            },
        )


async def all_rows(url: str) -> bytes:
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        rows = [row for (table,) in tables for row in await connection.fetch(f"SELECT t::text FROM {table} t")]
    finally:
        await connection.close()
    assert len(rows) > 10
    return "\n".join(text.replace("\\\\x", "") for (text,) in rows).encode()


@pytest.mark.parametrize("format", ["text", "json"])
def test_nothing_secret_is_written_with_one_machine(tmp_path: Path, format: str) -> None:
    with used(tmp_path, {"CALOTYPE_LOGGING__FORMAT": format}) as (server, secrets):
        texts = {
            **answers(server, hostile_requests(server, str(secrets["token"]))),
            **said_by_commands(server),
            **command_lines(server),
        }
    written = files_in(tmp_path, "server.log", "calotype.sqlite3*", "blobs/*")
    assert any(name.endswith("calotype.sqlite3") for name in written)
    assert leaks(secrets, {**texts, **written}) == []
    assert leaks({"the name of a webhook's host": "127.0.0.1:1"}, written) != [], "the search finds what is there"


def test_nothing_secret_is_written_with_postgresql_and_an_s3_store(
    tmp_path: Path, postgres: Postgres, object_stores: ObjectStores
) -> None:
    bucket = object_stores.usual.make_bucket()
    url = postgres.fresh_url().replace("+asyncpg", "").replace("calotype@", f"calotype:{DATABASE_PASSWORD}@")
    settings = {**as_settings(bucket), "CALOTYPE_DATABASE__URL": url}
    with used(tmp_path, settings) as (server, secrets):
        secrets |= {"database password": DATABASE_PASSWORD, "secret of the S3 store": bucket.secret_key}
        texts = {
            **answers(server, hostile_requests(server, str(secrets["token"]))),
            **said_by_commands(server),
            **command_lines(server),
            "database": asyncio.run(all_rows(url)),
        }
    assert leaks(secrets, {**texts, **files_in(tmp_path, "server.log")}) == []


def test_nothing_secret_is_written_where_database_and_store_refuse(tmp_path: Path, object_stores: ObjectStores) -> None:
    bucket = object_stores.usual.make_bucket()
    refused = {**as_settings(bucket), "CALOTYPE_STORAGE__SECRET_KEY": WRONG}
    dead = f"postgresql://calotype:{DATABASE_PASSWORD}@127.0.0.1:1/calotype"
    secrets = {"secret of the S3 store": WRONG, "database password": DATABASE_PASSWORD, "server secret": SERVER_SECRET}
    texts: dict[str, bytes] = {}
    for name, settings in {"store": refused, "database": {**refused, "CALOTYPE_DATABASE__URL": dead}}.items():
        folder = tmp_path / name
        folder.mkdir()
        server = Server(folder, {**LOUD, **settings}).start(ready=False)
        try:
            until = time.monotonic() + PATIENCE
            while "not ready yet" not in server.log and time.monotonic() < until:
                time.sleep(0.1)
            texts |= {
                f"{name}: {place}": text
                for place, text in {
                    **answers(server, hostile_requests(server, "clt_nothing")),
                    "doctor": server.call("doctor", check=False).stdout,
                    "config": server.call("config", "show", "--json").stdout,
                    "users": server.call("users", "list", check=False).stderr,
                    "log": server.log.encode(),
                }.items()
            }
        finally:
            server.stop()
    assert leaks(secrets, texts) == []
    assert any(b"blob-store-access-denied" in text for text in texts.values())
