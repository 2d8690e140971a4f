"""``calotype images export``, and the list with its filters, here and over HTTP."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from domain.model.pixels.media import ImageFormat
from entrypoints.cli.exits import SOME_REFUSED
from kit.images.samples import sample_image
from kit.servers.calotype import Server

Cli = Callable[..., "CompletedProcess[bytes]"]


@pytest.fixture(params=["here", "over HTTP"])
def cli(request: pytest.FixtureRequest, server: Server, username: str, tmp_path: Path) -> Cli:
    """``calotype images`` for a user, in an empty folder."""
    token = server.token(username)
    if request.param == "here":
        settings = {**server.settings, "CALOTYPE_STORAGE__DATA": str(server.folder / "calotype-data")}
        whose: tuple[str, ...] = ("--user", username)
    else:
        settings = {}
        whose = ("--server", server.url, "--token", token)
    here = Server(tmp_path, settings)

    def call(*arguments: str, check: bool = True) -> "CompletedProcess[bytes]":
        command, *rest = arguments
        return here.call("images", command, *whose, *rest, check=check)

    (tmp_path / "sea").mkdir()
    (tmp_path / "sea" / "a.png").write_bytes(sample_image(seed=1))
    (tmp_path / "sea" / "b.jpg").write_bytes(sample_image(ImageFormat.JPEG, 300, 200, seed=2))
    call("add", "sea")
    return call


def listed(cli: Cli, *options: str) -> list[str]:
    return [image["name"] for image in json.loads(cli("list", "--json", *options).stdout)]


def test_images_become_files_with_their_names_and_times_and_are_described(cli: Cli, tmp_path: Path) -> None:
    cli("edit", "a.png", "--alt", "Blue", "--tag", "sea")
    assert cli("export", "out").stdout == b"2 written, 0 were there, 0 refused\n"
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["a.png", "b.jpg", "manifest.jsonl"]
    described = {image["name"]: image for image in json.loads(cli("list", "--json").stdout)}
    lines = [json.loads(line) for line in (tmp_path / "out" / "manifest.jsonl").read_text().splitlines()]
    for line in lines:
        image = described[line["name"]]
        assert line == {name: image[name] for name in line}
        file = tmp_path / "out" / line["name"]
        assert file.read_bytes() == cli("get", line["name"]).stdout
        assert image["updated_at"].startswith(utc(file.stat().st_mtime))
    assert {line["name"]: (line["alt"], line["tags"]) for line in lines} == {
        "a.png": ("Blue", ["sea"]),
        "b.jpg": ("", []),
    }


def utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").removesuffix("+00:00")


def test_an_export_goes_on_where_it_was_and_overwrites_nothing_else(cli: Cli, tmp_path: Path) -> None:
    cli("export", "out")
    (tmp_path / "out" / "a.png").unlink()
    assert cli("export", "out").stdout == b"1 written, 1 were there, 0 refused\n"
    (tmp_path / "out" / "b.jpg").write_text("mine")
    refused = cli("export", "out", check=False)
    assert (refused.returncode, b"another file of this name exists" in refused.stderr) == (SOME_REFUSED, True)
    assert (tmp_path / "out" / "b.jpg").read_text() == "mine"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "manifest.jsonl").write_text("mine")
    assert cli("export", "other", check=False).returncode == 65
    assert [each.read_text() for each in (tmp_path / "other").iterdir()] == ["mine"]


def test_only_the_wanted_images_are_listed_and_exported(cli: Cli, tmp_path: Path) -> None:
    cli("tag", "Sea ", "a.png", "b.jpg")
    cli("tag", "blue", "a.png")
    assert cli("tag", "sea", "b.jpg", "--remove").stdout == b"untagged b.jpg\n"
    cli("rename", "b.jpg", "waves")
    for options, expected in (
        (("--order", "name"), ["a.png", "waves.jpg"]),
        (("--order", "-name"), ["waves.jpg", "a.png"]),
        (("--type", "jpeg"), ["waves.jpg"]),
        (("--search", "WAV"), ["waves.jpg"]),
        (("--tag", "sea"), ["a.png"]),
        (("--private", "--min-width", "300"), ["waves.jpg"]),
        (("--max-size", "1"), []),
        (("--created-after", "2999-01-01"), []),
        (("--created-before", "2999-01-01", "--order", "-created_at", "--limit", "1"), ["waves.jpg"]),
    ):
        if options[0] != "--created-before":
            assert listed(cli, *options) == expected, options
        else:
            assert len(listed(cli, *options)) == 1
    assert cli("export", "out", "--tag", "blue").stdout.startswith(b"1 written")
    assert (tmp_path / "out" / "a.png").exists()
    assert cli("list", "--created-after", "yesterday", check=False).returncode == 2
    assert cli("tag", "x" * 65, "a.png", check=False).returncode == 65
    assert cli("rename", "a.png", "waves.jpg").returncode == 0
    assert cli("rename", "missing.png", "x", check=False).returncode == 66
