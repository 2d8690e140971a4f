"""``calotype images add``: many files and folders, of which some are bad and some were stored before."""

import json
import os
import signal
import subprocess
import sys
import time
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


@pytest.fixture
def holiday(tmp_path: Path) -> Path:
    """A folder with four files in three folders, of which two are the same and one is none, and some that are hidden."""
    folder = tmp_path / "holiday"
    for name, data in (
        ("b.png", sample_image(seed=1)), ("a/c.png", sample_image(seed=2)), ("a/d/copy.png", sample_image(seed=1)),
        ("a/notes.txt", b"no image"), (".thumbs/x.png", sample_image(seed=3)), ("a/.hidden.png", sample_image(seed=4)),
    ):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def names(cli: Server) -> list[str]:
    return sorted(image["name"] for image in json.loads(cli.call("images", "list", "--json", "--all").stdout))


def test_the_files_of_a_folder_are_stored_once_and_the_bad_ones_are_summed_up(cli: Server, holiday: Path) -> None:
    wanted = cli.call("images", "add", "holiday", "--dry-run")
    assert wanted.stdout.decode().splitlines() == [
        "holiday/b.png: would be stored", "holiday/a/c.png: would be stored", "holiday/a/notes.txt: would be stored",
        "holiday/a/d/copy.png: the same bytes as another of these files", "3 to store, 1 skipped, 0 refused",
    ]  # fmt: skip
    assert names(cli) == []
    added = cli.call("images", "add", "holiday", check=False)
    assert added.returncode == SOME_REFUSED
    assert added.stderr == b"calotype: holiday/a/notes.txt: The file is not an image, or is damaged.\n"
    assert added.stdout.decode().splitlines()[-1] == "2 stored, 1 skipped, 1 refused (undecodable-image 1)"
    assert len(names(cli)) == 2
    again = cli.call("images", "add", "holiday", check=False)
    assert again.stdout.decode().splitlines()[-1] == "0 stored, 3 skipped, 1 refused (undecodable-image 1)"
    assert names(cli) == ["b.png", "c.png"] or names(cli) == ["c.png", "copy.png"]


def test_a_file_is_known_by_its_bytes_and_stored_again_only_if_that_is_asked_for(cli: Server, tmp_path: Path) -> None:
    for name, seed in (("a.png", 1), ("copy.png", 1)):
        (tmp_path / name).write_bytes(sample_image(seed=seed))
    cli.call("images", "add", "a.png")
    assert cli.call("images", "add", "copy.png").stdout == b"copy.png: already stored as 1\n"
    assert [image["id"] for image in json.loads(cli.call("images", "add", "copy.png", "--json").stdout)] == [1]
    cli.call("images", "add", "copy.png", "--again")
    assert names(cli) == ["a.png", "copy.png"]
    cli.call("images", "delete", "1", "2")
    cli.call("images", "add", "copy.png")
    assert names(cli) == ["copy.png"], "a deleted image is not known"


def test_the_data_folder_is_not_taken_for_images(cli: Server, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(sample_image())
    for summary in ("1 stored, 0 skipped, 0 refused", "0 stored, 1 skipped, 0 refused"):
        assert cli.call("images", "add", ".").stdout.decode().splitlines()[-1] == summary


def test_all_that_is_refused_gives_the_status_of_the_refusal(cli: Server, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "bad.png").write_text("no image")
    assert cli.call("images", "add", "folder", check=False).returncode == os.EX_DATAERR
    assert cli.call("images", "add", "nothing", check=False).returncode == os.EX_NOINPUT
    assert cli.call("images", "add", "folder", "--name", "x", check=False).returncode == 2


def test_a_command_that_is_killed_goes_on_where_it_was(cli: Server, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(24):
        (folder / f"{number}.png").write_bytes(sample_image(width=200, height=200, seed=number))
    for stored in (4, 9):
        with subprocess.Popen(
            [sys.executable, "-m", "entrypoints.cli.main", "images", "add", "many"],
            cwd=tmp_path,
            env={**cli.environment, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
        ) as adding:
            assert adding.stdout is not None
            for _ in range(stored):
                adding.stdout.readline()
            adding.send_signal(signal.SIGKILL)
    time.sleep(0.1)
    ended = cli.call("images", "add", "many").stdout.decode().splitlines()[-1]
    assert ended.endswith(" skipped, 0 refused")
    assert names(cli) == sorted(f"{number}.png" for number in range(24))
