"""Commands of administrators, and the output and exit statuses that scripts rely on."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import CALOTYPE, Server, running


@pytest.fixture
def cli(tmp_path: Path) -> Server:
    """An empty folder in which no command has run yet."""
    return Server(tmp_path)


def listed(cli: Server, *arguments: str) -> Any:
    return json.loads(cli.call(*arguments, "--json").stdout)


def test_the_first_token_is_printed_before_the_first_start(cli: Server) -> None:
    first = cli.run("get-access-key")
    assert re.fullmatch(rb"clt_[0-9A-Za-z]{65}\n", first.stdout)
    assert first.stderr.decode() == f"calotype: made a new installation in {cli.folder}/calotype-data\n"
    assert cli.run("get-access-key", "admin").stdout == first.stdout
    assert cli.call("get-access-key", "alice").stdout != first.stdout
    assert [user["username"] for user in listed(cli, "users", "list")] == ["admin", "alice"]


def test_a_user_is_added_changed_disabled_and_removed(cli: Server) -> None:
    cli.call("users", "add", "alice", stdin=b"correct horse\n")
    cli.call("users", "add", "bob", "--no-password")
    assert [(user["username"], user["has_password"]) for user in listed(cli, "users", "list")] == [
        ("alice", True),
        ("bob", False),
    ]
    assert cli.call("users", "add", "alice", "--password", "another one", check=False).returncode == os.EX_CANTCREAT
    assert cli.call("users", "set-password", "bob", "--password", "short", check=False).returncode == os.EX_DATAERR
    cli.call("users", "set-password", "bob", "--password", "long enough")
    cli.call("users", "disable", "bob")
    assert listed(cli, "users", "list")[1]["state"] == "disabled"
    (cli.folder / "a.png").write_bytes(sample_image())
    for command in (
        ("get-access-key", "bob"), ("keys", "issue", "bob", "--name", "x"), ("images", "add", "a.png", "--user", "bob")
    ):  # fmt: skip
        refused = cli.call(*command, check=False)
        assert refused.returncode == os.EX_CANTCREAT
        assert b"users enable" in refused.stderr
    cli.call("users", "enable", "bob")
    cli.call("users", "remove", "bob")
    assert cli.call("users", "remove", "bob", check=False).returncode == os.EX_NOINPUT


def test_a_user_with_images_is_removed_only_with_the_option(cli: Server, tmp_path: Path) -> None:
    cli.token("alice")
    (tmp_path / "a.png").write_bytes(sample_image())
    cli.call("images", "add", "a.png", "--user", "alice")
    refused = cli.call("users", "remove", "alice", check=False)
    assert refused.returncode == os.EX_CANTCREAT
    assert b"--with-images" in refused.stderr
    cli.call("users", "remove", "alice", "--with-images")
    assert listed(cli, "users", "list") == []
    assert listed(cli, "keys", "list") == []


def test_keys_are_issued_shown_rotated_and_revoked(cli: Server) -> None:
    cli.token("alice")
    issued = cli.call("keys", "issue", "alice", "--name", "camera", "--scope", "write", "--expires", "30d")
    token = issued.stdout.decode().strip()
    (key,) = [each for each in listed(cli, "keys", "list", "alice") if each["name"] == "camera"]
    assert (key["user"], key["state"], key["scopes"]) == ("alice", "valid", ["write"])
    assert key["expires_at"] > key["created_at"]
    id = str(key["id"])
    assert token.encode() not in cli.call("keys", "show", id).stdout
    assert token.encode() in cli.call("keys", "show", id, "--token").stdout
    rotated = cli.call("keys", "rotate", id).stdout.decode().strip()
    assert rotated != token
    cli.call("keys", "revoke", id)
    assert next(each for each in listed(cli, "keys", "list") if each["id"] == key["id"])["state"] == "revoked"
    again = cli.call("keys", "issue", "alice", "--name", "camera", "--expires", "2020-01-01", check=False)
    assert again.returncode == os.EX_DATAERR
    assert cli.call("keys", "issue", "alice", "--name", "camera").stdout
    assert cli.call("keys", "rotate", "999", check=False).returncode == os.EX_NOINPUT


def test_a_key_is_issued_with_a_compression_that_is_shown_and_changed(cli: Server) -> None:
    cli.token("alice")
    issued = cli.call("keys", "issue", "alice", "--name", "raw", "--compression", "off", "--json")
    key = json.loads(issued.stdout)["key"]
    id = str(key["id"])
    assert key["compression"] == "off"
    assert [each["compression"] for each in listed(cli, "keys", "list", "alice")] == [None, "off"]
    table = cli.call("keys", "list").stdout.decode()
    assert [word in table for word in ("COMPRESSION", "default", "off")] == [True] * 3
    for mode, shown in (("high", "high"), ("default", None)):
        assert (
            cli.call("keys", "set-compression", id, mode).stdout.decode() == f"set the compression of {id} to {mode}\n"
        )
        assert listed(cli, "keys", "show", id)["compression"] == shown
        assert f"compression   {mode}\n" in cli.call("keys", "show", id).stdout.decode()
    cli.call("keys", "set-compression", id, "lossless")
    cli.call("keys", "rotate", id)
    assert listed(cli, "keys", "show", id)["compression"] == "lossless", "a rotated key keeps its compression"
    cli.call("keys", "revoke", id)
    assert cli.call("keys", "set-compression", id, "off", check=False).returncode == os.EX_CANTCREAT
    assert cli.call("keys", "set-compression", "999", "off", check=False).returncode == os.EX_NOINPUT


def test_a_revoked_default_key_is_replaced(cli: Server) -> None:
    first = cli.token("alice")
    (key,) = listed(cli, "keys", "list", "alice")
    cli.call("keys", "revoke", str(key["id"]))
    second = cli.token("alice")
    assert second != first
    assert cli.token("alice") == second


def test_images_are_added_from_a_pipe_and_read_into_a_pipe_or_file(cli: Server, tmp_path: Path) -> None:
    cli.token()
    stored = json.loads(cli.call("images", "add", "-", "--name", "piped.png", "--json", stdin=sample_image()).stdout)
    assert stored[0]["name"] == "piped.png"
    out = cli.call("images", "get", "piped.png").stdout
    assert len(out) == stored[0]["size"]
    cli.call("images", "get", str(stored[0]["id"]), "-o", "out.png")
    assert (tmp_path / "out.png").read_bytes() == out
    nowhere = cli.call("images", "get", "piped.png", "-o", "no/such/folder.png", check=False)
    assert nowhere.returncode == os.EX_DATAERR
    assert cli.call("images", "delete", "\udcff.png", check=False).returncode == os.EX_NOINPUT
    refused = cli.call("images", "delete", "piped.png", "999", check=False)
    assert b"image 999 of admin: Not found." in refused.stderr
    cli.call("images", "add", "-", "--name", "piped.png", stdin=sample_image())
    stored = listed(cli, "images", "list")
    shown = cli.call("images", "show", "piped.png").stdout.decode()
    assert stored[0]["sha256"] in shown


def test_names_are_printed_as_they_are(cli: Server) -> None:
    cli.token()
    cli.call("images", "add", "-", "--name", "a[red] :cat: [copy].png", stdin=sample_image())
    cli.call("keys", "issue", "admin", "--name", "[/x]")
    assert "a[red] :cat: [copy].png" in cli.call("images", "list").stdout.decode()
    assert "[/x]" in cli.call("keys", "list").stdout.decode()


def test_a_lost_secret_is_not_silently_replaced(cli: Server) -> None:
    cli.token()
    (cli.folder / "calotype-data" / "secret").unlink()
    refused = cli.call("get-access-key", check=False)
    assert refused.returncode == os.EX_CONFIG
    assert b"Restore /" in refused.stderr
    assert cli.call("doctor", check=False).returncode == os.EX_UNAVAILABLE
    assert not (cli.folder / "calotype-data" / "secret").exists()


def test_secrets_are_masked_where_settings_are_shown(tmp_path: Path) -> None:
    secret = "a secret of more than thirty-two characters"
    cli = Server(tmp_path, {"CALOTYPE_AUTH__SECRETS": secret})
    for arguments in (("config", "show"), ("config", "show", "--json")):
        shown = cli.call(*arguments).stdout.decode()
        assert secret not in shown
        assert "auth.secrets" in shown
        assert "CALOTYPE_AUTH__SECRETS" in shown


def test_tokens_survive_the_rotation_of_the_secret(tmp_path: Path) -> None:
    old, new = "o" * 40, "n" * 40
    token = Server(tmp_path, {"CALOTYPE_AUTH__SECRETS": old}).token()
    with running(tmp_path, CALOTYPE_AUTH__SECRETS=f"{new},{old}") as server:
        fresh = server.token()
        assert fresh != token
        assert [answer(server, each) for each in (token, fresh)] == [200, 200]
    with running(tmp_path, CALOTYPE_AUTH__SECRETS=new) as server:
        assert [answer(server, each) for each in (token, fresh)] == [401, 200]


def answer(server: Server, token: str) -> int:
    with server.client(token) as client:
        return client.get("/image/").status_code


def test_the_doctor_finds_no_problem_in_a_new_installation(cli: Server) -> None:
    folder = f"{cli.folder}/calotype-data does not exist yet; 'calotype serve' makes it"
    machine = ("system", "kernel", "clock", "settings")
    found = [each for each in listed(cli, "doctor") if each["subject"] not in machine]
    assert [(each["subject"], each["state"], each["detail"]) for each in found] == [
        ("data folder", "warning", folder),
        ("database", "warning", "does not exist yet; 'calotype serve' makes it"),
    ]
    assert list(cli.folder.iterdir()) == [], "the doctor creates no file"
    cli.token()
    found = listed(cli, "doctor")
    assert {each["subject"] for each in found} >= {
        "settings",
        "data folder",
        "server secret",
        "database",
        "store",
        "image workers",
    }
    assert {each["state"] for each in found} <= {"ok", "warning"}
    (store,) = [each["detail"] for each in found if each["subject"] == "store"]
    assert store == f"belongs to this database: {cli.folder}/calotype-data/blobs"


def test_the_doctor_names_a_data_folder_that_cannot_be_made(cli: Server, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cli.settings["CALOTYPE_STORAGE__DATA"] = "file/data"
    ended = cli.call("doctor", "--json", check=False)
    assert ended.returncode == os.EX_UNAVAILABLE
    *_, finding = json.loads(ended.stdout)
    assert (finding["subject"], finding["state"]) == ("data folder", "failure")
    assert f"Not a directory. It is {cli.folder}/file/data, from the setting storage.data." in finding["detail"]


def test_the_database_is_upgraded_once(cli: Server) -> None:
    assert cli.call("db", "upgrade").stdout == b"upgraded\n"
    assert cli.call("db", "upgrade").stdout == b"up to date\n"


def test_help_describes_every_command(cli: Server) -> None:
    top = cli.call("--help").stdout.decode()
    for command in ("serve", "worker", "doctor", "get-access-key", "users", "keys", "images", "db", "config"):
        assert command in top
    help = " ".join(cli.call("get-access-key", "--help").stdout.decode().split())
    assert "The token is the same each time" in help


def test_a_worker_makes_the_variants_that_a_server_without_workers_leaves(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_JOBS__IN_SERVER="false") as server, server.client(server.token()) as client:
        id = client.post("/image/", files={"image": ("a.png", sample_image())}).json()["id"]
        time.sleep(1.5)
        assert client.get(f"/image/{id}/").json()["small"] is None
        early = client.get("/image/a.png/small/")
        assert (early.status_code, "not made yet" in early.json()["detail"]) == (404, True)
        with subprocess.Popen(
            [*CALOTYPE, "worker"], cwd=tmp_path, env=server.environment, stderr=subprocess.DEVNULL
        ) as worker:
            for _ in range(200):
                if client.get(f"/image/{id}/").json()["small"]:
                    break
                time.sleep(0.1)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(20) == 0
        assert client.get(f"/image/{id}/").json()["medium"]


def test_newly_declared_variants_are_made_for_stored_images(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.client(server.token()) as client:
        image = client.post("/image/", files={"image": ("a.png", sample_image(width=400, height=300))}).json()
        wait_for(client, image["id"], "small", "medium")
    other = {
        "CALOTYPE_VARIANTS__SQUARE__WIDTH": "40",
        "CALOTYPE_VARIANTS__SQUARE__HEIGHT": "40",
        "CALOTYPE_VARIANTS__SQUARE__FIT": "cover",
        "CALOTYPE_VARIANTS__SQUARE__FORMAT": "webp",
        "CALOTYPE_VARIANTS__SMALL__HEIGHT": "50",
        "CALOTYPE_VARIANTS__MEDIUM__ENABLED": "false",
    }
    cli = Server(tmp_path, other)
    expected = [("medium", 0, 1, 0), ("small", 0, 1, 0), ("square", 0, 0, 1)]
    for command in (["list"], ["reconcile", "--dry-run"]):
        found = listed(cli, "variants", *command)
        assert [(each["name"], each["right"], each["other"], each["missing"]) for each in found] == expected
    with running(tmp_path, **other) as server, server.client(server.token()) as client:
        described = wait_for(client, image["id"], "small", "square")
        assert described["medium"] is None
        assert set(described["variants"]) == {"small", "square"}
        square = described["variants"]["square"]
        assert (square["width"], square["height"], square["format"]) == (40, 40, "webp")
        assert described["variants"]["small"]["height"] == 50
        shown = client.get("/image/a.png/square/")
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
        assert client.get("/image/a.png/medium/").status_code == 404
    back = Server(tmp_path)
    listed(back, "variants", "reconcile")
    assert listed(back, "jobs", "stats") == {"pending": 0, "ready": 2, "failed": 0, "others": {}}
    assert [each["other"] + each["missing"] for each in listed(back, "variants", "list")] == [0, 0]


def wait_for(client: httpx.Client, id: int, *names: str) -> dict[str, Any]:
    for _ in range(200):
        described: dict[str, Any] = client.get(f"/image/{id}/").json()
        if all(described["variants"].get(name, {}).get("state") == "ready" for name in names):
            return described
        time.sleep(0.05)
    raise AssertionError(f"not made: {described['variants']}")
