"""Commands about several files, images or keys, of which some are refused."""

import json
import os
from pathlib import Path

import pytest

from entrypoints.cli.exits import SOME_REFUSED
from kit.images.samples import sample_image
from kit.servers.calotype import Server


@pytest.fixture
def cli(tmp_path: Path) -> Server:
    """An empty folder in which no command has run yet, but for the first token."""
    cli = Server(tmp_path)
    cli.token()
    return cli


def test_a_refused_file_is_named_and_the_others_are_stored(cli: Server, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(sample_image(seed=1))
    (tmp_path / "bad.txt").write_text("no image")
    (tmp_path / "empty.png").touch()
    (tmp_path / "c.png").write_bytes(sample_image(seed=2))
    for options in ((), ("--json", "--again")):
        added = cli.call("images", "add", "a.png", "bad.txt", "empty.png", "c.png", *options, check=False)
        assert added.returncode == SOME_REFUSED
        assert added.stderr.decode().splitlines() == [
            "calotype: bad.txt: The file is not an image, or is damaged.",
            "calotype: empty.png: The file is empty.",
        ]
    assert sorted(image["id"] for image in json.loads(added.stdout)) == [3, 4]
    names = [image["name"][0] for image in json.loads(added.stdout)]
    assert names == ["a", "c"], "they are told in the order of the files"
    assert [image["id"] for image in json.loads(cli.call("images", "list", "--json").stdout)] == [4, 3, 2, 1]


@pytest.mark.parametrize("command", [("images", "add"), ("compress",)])
def test_a_file_that_cannot_be_read_is_named_and_the_others_are_done(
    cli: Server, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "bad.txt").write_text("no image")
    (tmp_path / "good.png").write_bytes(sample_image())
    ended = cli.run(*command, "missing.jpg", "bad.txt", "good.png", check=False)
    assert ended.returncode == (SOME_REFUSED if command == ("images", "add") else os.EX_NOINPUT)
    assert ended.stderr.decode().splitlines() == [
        "calotype: missing.jpg: No such file or directory.",
        "calotype: bad.txt: The file is not an image, or is damaged.",
    ]
    assert b"good.png" in ended.stdout


def test_json_is_printed_even_if_the_command_ends_early(cli: Server, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(sample_image())
    ended = cli.call("images", "add", "a.png", "--json", "--user", "nobody", check=False)
    assert (ended.returncode, json.loads(ended.stdout)) == (os.EX_NOINPUT, [])
    assert ended.stderr.count(b"\n") == 1


def test_an_image_that_is_not_found_is_named_and_the_others_are_deleted(cli: Server) -> None:
    for name in ("a.png", "c.png"):
        cli.call("images", "add", "-", "--name", name, stdin=sample_image())
    deleted = cli.call("images", "delete", "a.png", "999", "c.png", check=False)
    assert (deleted.returncode, deleted.stdout) == (os.EX_NOINPUT, b"deleted a.png\ndeleted c.png\n")
    assert deleted.stderr == b"calotype: image 999 of admin: Not found.\n"


def test_a_key_that_is_not_found_is_named_and_the_others_are_revoked(cli: Server) -> None:
    revoked = cli.call("keys", "revoke", "999", "1", check=False)
    assert (revoked.returncode, revoked.stdout) == (os.EX_NOINPUT, b"revoked 1\n")
    assert revoked.stderr == b"calotype: key 999: There is no such access key.\n"
    for again in (("rotate", "1"), ("set-compression", "1", "off")):
        refused = cli.call("keys", *again, check=False)
        assert refused.returncode == os.EX_CANTCREAT
        assert refused.stderr == b"calotype: Key 1 is revoked. Issue a new one with 'calotype keys issue'.\n"
