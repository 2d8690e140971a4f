"""What commands print: errors that are one line and say what to do, and tables."""

import os
import re
from pathlib import Path

import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import Server


@pytest.fixture
def cli(tmp_path: Path) -> Server:
    """An empty folder in which no command has run yet."""
    return Server(tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("images", "show"),
        ("images", "edit", "15"),
        ("jobs", "retry", "1", "--kind", "foo"),
        ("keys", "issue", "alice"),
        ("keys", "issue", "a", "--name", "b", "--expires", "soon"),
        ("--config",),
        ("keys", "issue", "a", "--name", "b", "--compression", "tiny"),
        ("keys", "set-compression", "1", "tiny"),
        ("keys", "show", "--", "-1"),
        ("storage", "move", "--to", "elsewhere"),
        ("serve", "--port", "99999"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_status_2(cli: Server, arguments: tuple[str, ...]) -> None:
    cli.token()
    ended = cli.call(*arguments, check=False)
    assert ended.returncode == 2
    assert re.fullmatch(rb"calotype: .+[.?]( Try 'calotype.* --help'\.)?\n", ended.stderr)
    assert ended.stdout == b""


def test_moving_to_a_store_that_is_not_set_names_the_setting(cli: Server) -> None:
    cli.token()
    refused = cli.call("storage", "move", "--to", "storage.other", check=False)
    assert refused.returncode == os.EX_CANTCREAT
    assert refused.stderr.decode() == (
        "calotype: storage.other is not set. Set storage.other.kind and what it needs, then run the command again.\n"
    )


def test_replacing_names_the_image_that_is_not_found_and_the_file_that_is_refused(cli: Server) -> None:
    cli.token("alice")
    (cli.folder / "empty.png").touch()
    absent = cli.call("images", "replace", "3", "empty.png", "--user", "alice", check=False)
    assert (absent.returncode, absent.stderr) == (os.EX_NOINPUT, b"calotype: image 3 of alice: Not found.\n")
    cli.call("images", "add", "-", "--user", "alice", stdin=sample_image())
    refused = cli.call("images", "replace", "1", "empty.png", "--user", "alice", check=False)
    assert (refused.returncode, refused.stderr) == (os.EX_DATAERR, b"calotype: empty.png: The file is empty.\n")


def test_a_name_that_another_image_has_is_refused_with_what_to_do(cli: Server) -> None:
    cli.token()
    for name in ("a.png", "b.png"):
        cli.call("images", "add", "-", "--name", name, stdin=sample_image())
    refused = cli.call("images", "edit", "a.png", "--name", "b", check=False)
    expected = b"calotype: image a.png of admin: Another image has this name. Choose another.\n"
    assert (refused.returncode, refused.stderr) == (os.EX_CANTCREAT, expected)


def test_a_text_that_cannot_be_stored_is_refused_with_what_can(cli: Server) -> None:
    cli.token()
    cli.call("images", "add", "-", stdin=sample_image())
    refused = cli.call("images", "edit", "1", "--alt", "\0", check=False)
    assert refused.returncode == os.EX_DATAERR
    assert b"at most 1,000 characters that can be stored (no NUL, no lone surrogates)" in refused.stderr


def test_a_dry_run_that_finds_nothing_to_do_says_so(cli: Server) -> None:
    cli.token()
    reconcile = ("variants", "reconcile", "--dry-run")
    assert cli.call(*reconcile).stdout.decode().splitlines()[-1] == "Nothing to do."
    cli.call("images", "add", "-", stdin=sample_image())
    cli.settings["CALOTYPE_VARIANTS__SMALL__HEIGHT"] = "50"
    assert b"Nothing to do." not in cli.call(*reconcile).stdout


def test_rows_of_tables_have_no_spaces_at_their_end(cli: Server) -> None:
    cli.token()
    table = cli.call("keys", "list").stdout.decode().splitlines()
    assert len(table) == 2
    assert [row.rstrip() for row in table] == table


@pytest.mark.parametrize("arguments", [("storage", "move", "--finish"), ("db", "copy", "--to", "nowhere")])
def test_the_error_of_a_command_that_shows_progress_is_one_line(cli: Server, arguments: tuple[str, ...]) -> None:
    cli.token()
    assert re.fullmatch(rb"calotype: .+\n", cli.call(*arguments, check=False).stderr)
