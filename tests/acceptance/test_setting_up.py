"""Commands of the first minutes: the settings file, completion, configurations of clients, and a store by mistake."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from entrypoints.configuration.described import described
from entrypoints.configuration.loading import load_settings
from entrypoints.settings import Settings
from kit.images.samples import sample_image
from kit.missing import missing
from kit.servers.calotype import CALOTYPE, Server
from kit.servers.programs import go_variables


@pytest.fixture
def cli(tmp_path: Path) -> Server:
    """An empty folder in which no command has run yet."""
    return Server(tmp_path)


def program(name: str) -> str:
    return shutil.which(name) or missing(f"{name} is not installed")


def test_a_settings_file_explains_every_setting_and_changes_none(cli: Server, tmp_path: Path) -> None:
    assert cli.call("init").stdout == b"wrote calotype.toml\n"
    file = tmp_path / "calotype.toml"
    assert load_settings(str(file), {}) == Settings()
    written = file.read_text()
    for each in described():
        assert each.about in written
    in_force = re.sub(r"^#(\w+ = )", r"\1", written, flags=re.MULTILINE)
    without_store = "\n".join(
        line
        for line, before in zip(in_force.splitlines(), ["", *in_force.splitlines()], strict=False)
        if ".kind is minio" not in before and not line.startswith('path = ""')
    )
    file.write_text(without_store)
    assert load_settings(str(file), {}) == Settings()
    again = cli.call("init", check=False)
    assert (again.returncode, file.read_text()) == (65, without_store)
    assert cli.call("init", "other.toml").stdout == b"wrote other.toml\n"
    assert not (tmp_path / "calotype-data").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_valid(cli: Server, shell: str) -> None:
    script = cli.call("completion", shell).stdout
    assert b"_CALOTYPE_COMPLETE" in script
    subprocess.run([program(shell), "-n"], input=script, check=True)


def test_bash_completes_commands_with_the_script(cli: Server, tmp_path: Path) -> None:
    script = cli.call("completion", "bash").stdout.decode()
    (tmp_path / "calotype").write_text(f'#!/bin/sh\nexec {sys.executable} -m entrypoints.cli.main "$@"\n')
    (tmp_path / "calotype").chmod(0o755)
    ask = 'COMP_WORDS=(calotype imag); COMP_CWORD=1; _calotype_completion calotype; echo "${COMPREPLY[@]}"'
    ended = subprocess.run(
        [program("bash"), "-c", f"{script}\n{ask}"],
        env={**cli.environment, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert ended.stdout.split() == [b"images"]


RUNS = {
    "curl": ("store.sh", ["sh"]), "httpx": ("store.py", [sys.executable]), "fetch": ("store.mjs", ["node"]),
    "go": ("store.go", ["go", "run"]), "php": ("store.php", ["php"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", RUNS)
def test_a_program_that_is_printed_stores_files(server: Server, username: str, tmp_path: Path, kind: str) -> None:
    name, (interpreter, *options) = RUNS[kind]
    if kind == "curl":
        program("curl")
    server.token(username)
    (tmp_path / name).write_bytes(server.call("client", kind, "--user", username).stdout)
    (tmp_path / "a b.png").write_bytes(sample_image())
    (tmp_path / "bad.txt").write_text("no image")
    command = [program(interpreter), *options, name]
    environment = {**os.environ, **go_variables()}
    ended = subprocess.run([*command, "a b.png"], cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert b"a b.png" in ended.stdout
    (image,) = json.loads(server.call("images", "list", "--json", "--user", username).stdout)
    assert image["name"] == "a b.png"
    assert subprocess.run([*command, "bad.txt"], cwd=tmp_path, env=environment, capture_output=True).returncode


def test_a_file_for_sharex_says_what_is_sent(server: Server, username: str) -> None:
    token = server.token(username)
    made = json.loads(server.call("client", "sharex", "--user", username).stdout)
    with server.client() as client:
        answer = client.request(
            made["RequestMethod"],
            made["RequestURL"],
            headers=made["Headers"],
            files={made["FileFormName"]: ("a.png", sample_image())},
        )
    assert answer.status_code == 201
    assert answer.json()[re.fullmatch(r"\{json:(\w+)\}", made["URL"])[1]]  # type: ignore[index]  # it matches
    other = server.call("client", "sharex", "--token", "clt_x", "--url", "https://example.org/").stdout.decode()
    assert (token in other, "https://example.org/image/" in other, "Token clt_x" in other) == (False, True, True)


def test_a_script_for_flameshot_stores_what_it_takes(server: Server, username: str, tmp_path: Path) -> None:
    program("curl")
    server.token(username)
    (tmp_path / "shot.png").write_bytes(sample_image())
    (tmp_path / "flameshot").write_text(f"#!/bin/sh\nexec cat {tmp_path}/shot.png\n")
    (tmp_path / "flameshot").chmod(0o755)
    script = server.call("client", "flameshot", "--user", username).stdout
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ended = subprocess.run(["sh"], input=script, env=environment, capture_output=True, check=True)
    (image,) = json.loads(server.call("images", "list", "--json", "--user", username).stdout)
    assert image["name"].startswith("screenshot-")
    assert f"/image/{image['name']}/" in ended.stdout.decode()


def test_a_command_that_makes_a_store_says_so_once(cli: Server, tmp_path: Path) -> None:
    made = cli.call("users", "list")
    assert made.stderr.decode() == f"calotype: made a new installation in {tmp_path}/calotype-data\n"
    assert cli.call("users", "list").stderr == b""
    assert cli.call("get-access-key").stderr == b""


def in_terminal(cli: Server, *arguments: str, typed: bytes = b"", columns: int = 80) -> tuple[int, str]:
    """The exit status of a command on a terminal, and what it shows there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*CALOTYPE, *arguments],
        cwd=cli.folder,
        env={**cli.environment, "COLUMNS": str(columns), "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as command:
        os.close(theirs)
        os.write(ours, typed)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # the terminal is closed
            pass
    os.close(ours)
    return command.returncode, shown.decode()


def test_tables_keep_names_and_dates_whole_and_are_coloured_only_on_a_terminal(cli: Server, tmp_path: Path) -> None:
    cli.token()
    name = "a rather long name of a picture of the sea.png"
    (tmp_path / name).write_bytes(sample_image())
    cli.call("images", "add", name)
    cli.call("keys", "issue", "admin", "--name", "the camera in the garden", "--expires", "2030-05-18")
    for command, whole in (
        (("images", "list"), [name]),
        (("keys", "list"), ["the camera in the garden", "2030-05-18 00:00"]),
        (("users", "list"), ["admin"]),
    ):
        status, shown = in_terminal(cli, *command)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
        assert status == 0
        assert max(map(len, plain.splitlines())) <= 80, plain
        assert [each for each in whole if each not in plain] == [], plain
        assert "\x1b[" in shown
        piped = cli.run(*command).stdout
        assert b"\x1b" not in piped
        if command == ("keys", "list"):
            assert [line.strip() for line in plain.splitlines()].count("") == 1, (
                "a line between the blocks of the two keys"
            )
    assert b"\x1b" not in cli.run("--help").stdout


def test_a_user_with_images_is_removed_after_a_question_that_counts_them(cli: Server, tmp_path: Path) -> None:
    cli.token("alice")
    for number in range(2):
        (tmp_path / f"{number}.png").write_bytes(sample_image(seed=number))
    cli.call("images", "add", "0.png", "1.png", "--user", "alice")
    status, shown = in_terminal(cli, "users", "remove", "alice", "--with-images", typed=b"n\n")
    assert status == 130
    assert re.search(r"alice has 2 images of [\d.]+ K?B\. Delete them for good\?", shown)
    assert len(json.loads(cli.call("images", "list", "--user", "alice", "--json").stdout)) == 2
    status, shown = in_terminal(cli, "users", "remove", "alice", "--with-images", typed=b"y\n")
    assert (status, "removed alice, with 2 images" in shown) == (0, True)
    cli.token("bob")
    assert in_terminal(cli, "users", "remove", "bob", "--with-images", "--yes")[0] == 0
    assert json.loads(cli.call("users", "list", "--json").stdout) == []


def test_statistics_show_what_was_saved(cli: Server, tmp_path: Path) -> None:
    assert cli.call("stats").stdout.decode().split() == [
        "IMAGES",
        "UPLOADED",
        "STORED",
        "SAVED",
        "all",
        "0",
        "0",
        "B",
        "0",
        "B",
    ]
    for number in range(2):
        (tmp_path / f"{number}.png").write_bytes(sample_image(width=300, height=200, seed=number))
    for user in ("admin", "bob"):
        cli.token(user)
    cli.call("images", "add", "0.png", "1.png")
    cli.call("images", "add", "0.png", "--user", "bob")
    images = json.loads(cli.call("images", "list", "--json").stdout)
    found = json.loads(cli.call("stats", "--json", "--user", "admin").stdout)
    expected = {
        "images": 2,
        "uploaded_size": sum(each["uploaded_size"] for each in images),
        "size": sum(each["size"] for each in images),
    }
    assert found == {
        "total": expected,
        "by_format": {"png": expected},
        "by_time": {images[0]["created_at"][:10]: expected},
    }
    assert json.loads(cli.call("stats", "--json").stdout)["total"]["images"] == 3
    lines = cli.call("stats").stdout.decode().splitlines()
    saved = round(100 - 100 * expected["size"] / expected["uploaded_size"])
    assert f"{saved} %" in lines[1]
    assert [line.split()[0] for line in lines[1:]] == ["all", "png", images[0]["created_at"][:10]]
    assert lines[2].count("█") + lines[2].count("░") == 24
