"""What the doctor says of the machine and of what is around the service."""

import json
import platform
from pathlib import Path

import pytest

from entrypoints.cli.commands.examination.machine import memory_limit
from kit.servers.calotype import Server, running
from kit.servers.postgres import Postgres


def found(server: Server) -> dict[str, tuple[str, str]]:
    listed = json.loads(server.call("doctor", "--json").stdout)
    return {each["subject"]: (each["state"], each["detail"]) for each in listed}


def test_the_machine_is_described(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.token()
    findings = found(server)
    assert f"Python {platform.python_version()}" in findings["system"][1]
    assert platform.release() in findings["kernel"][1]
    assert "Landlock" in findings["kernel"][1]
    assert "seccomp" in findings["kernel"][1]
    assert "kept right" in findings["clock"][1] or "keeps it right" in findings["clock"][1]
    state, disks = findings["disk space"]
    assert state in ("ok", "warning")
    assert all(f"{name}: " in disks for name in ("data", "blobs", "staged files"))
    assert "GB" in findings["memory"][1]
    assert findings["database"][1].startswith("SQLite 3.")
    assert "UTF-8; variants:" in findings["database"][1]
    assert findings["proxies"] == ("ok", "trusted: none; no service answers here that could say which it sees")


@pytest.mark.anyio
async def test_the_encoding_of_postgresql_is_told(tmp_path: Path, postgres: Postgres) -> None:
    server = Server(tmp_path, {"CALOTYPE_DATABASE__URL": (await postgres.upgraded_database()).replace("+asyncpg", "")})
    ended = server.run("doctor", "--json", check=False)  # on a loaded machine, another part may be late
    [(state, detail)] = [
        (each["state"], each["detail"]) for each in json.loads(ended.stdout) if each["subject"] == "database"
    ]
    assert state == "ok"
    assert detail.startswith("PostgreSQL 1")
    assert ", UTF8; variants: 0 ready" in detail


def test_a_proxy_that_is_not_trusted_is_found_and_named(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.client() as client:
        assert found(server)["proxies"] == ("ok", "trusted: none; the service sees no others")
        for _ in range(3):
            client.get("/image/", headers={"X-Forwarded-For": "192.0.2.7"})
        state, detail = found(server)["proxies"]
        assert state == "warning"
        assert "the service sees 1 in private networks that are not" in detail
    assert server.log.count("127.0.0.1 passes on addresses of clients, and is not believed") == 1
    with running(tmp_path, CALOTYPE_HTTP__TRUSTED_PROXIES="127.0.0.1") as server, server.client() as client:
        client.get("/image/", headers={"X-Forwarded-For": "192.0.2.7"})
        assert found(server)["proxies"] == ("ok", "trusted: 127.0.0.1; the service sees no others")


@pytest.mark.parametrize(
    ("own", "files", "expected"),
    [
        ("0::/a/b\n", {"a/b/memory.max": "max\n", "a/memory.max": "1000\n", "memory.max": "2000\n"}, 1000),
        ("0::/\n", {"memory.max": "max\n"}, None),
        ("0::/gone\n", {}, None),
        ("5:memory:/a\n1:cpu:/\n", {"memory/a/memory.limit_in_bytes": "4096\n"}, 4096),
    ],
)
def test_the_least_limit_of_the_control_groups_counts(
    tmp_path: Path, own: str, files: dict[str, str], expected: int | None
) -> None:
    (tmp_path / "own").write_text(own)
    for name, content in files.items():
        (tmp_path / "groups" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "groups" / name).write_text(content)
    assert memory_limit(tmp_path / "groups", tmp_path / "own") == expected
    assert memory_limit(tmp_path / "groups", tmp_path / "missing") is None
