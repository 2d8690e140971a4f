"""Compressing local files and stored images, from the command line."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from domain.model.pixels.media import ImageFormat
from kit.images.codecs import a_photo, encoded
from kit.images.samples import sample_image, size_of
from kit.images.sources import saved
from kit.servers.calotype import CALOTYPE, Server, running


@pytest.fixture
def cli(tmp_path: Path) -> Server:
    """An empty folder in which no command has run yet."""
    return Server(tmp_path)


def a_large_jpeg() -> bytes:
    return encoded(a_photo(640, 480), ImageFormat.JPEG, quality=98, subsampling=0)


def tried(cli: Server, *arguments: str) -> list[dict[str, Any]]:
    trials: list[dict[str, Any]] = json.loads(cli.run("compress", "--json", *arguments).stdout)
    return trials


def test_files_are_tried_without_storing_anything(cli: Server, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(a_large_jpeg())
    (tmp_path / "drawing.png").write_bytes(sample_image())
    before = sorted(path.name for path in tmp_path.iterdir())
    photo, drawing = tried(cli, "photo.jpg", "drawing.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert photo["uploaded_size"] == len(a_large_jpeg())
    assert photo["size"] < photo["uploaded_size"]
    assert (photo["codec"], photo["lossless"]) == ("jpegli", False)
    assert photo["score"] >= 85
    assert photo["seconds"] > 0
    assert drawing["error"] is None
    table = cli.run("compress", "photo.jpg", "drawing.png").stdout.decode()
    assert "photo.jpg" in table
    assert "jpegli" in table


def test_what_a_result_lacks_is_said(cli: Server, tmp_path: Path) -> None:
    pages = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green")]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    [trial] = tried(cli, "pages.tif")
    assert trial["dropped"] == ["pages"]
    cli.token()
    added = cli.call("images", "add", "pages.tif").stdout.decode()
    assert added.strip().endswith("saved), not stored: pages")
    assert cli.run("compress", "pages.tif").stderr.decode() == "calotype: pages.tif: not in the result: pages\n"


def test_results_are_written_to_a_folder_and_overwrite_no_file(cli: Server, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(a_large_jpeg())
    [trial] = tried(cli, "photo.jpg", "--mode", "high", "-o", "smaller")
    result = (tmp_path / "smaller" / "photo.jpg").read_bytes()
    assert len(result) == trial["size"]
    assert size_of(result) == (640, 480)
    again = cli.run("compress", "photo.jpg", "-o", "smaller", check=False)
    assert again.returncode == os.EX_DATAERR
    assert b"smaller/photo.jpg" in again.stderr
    assert (tmp_path / "smaller" / "photo.jpg").read_bytes() == result


def test_a_converted_file_is_named_by_its_new_format_and_called_converted(cli: Server, tmp_path: Path) -> None:
    (tmp_path / "print.tif").write_bytes(saved(a_photo().convert("CMYK"), "TIFF"))
    (tmp_path / "scan.tif").write_bytes(saved(a_photo(), "TIFF"))
    (tmp_path / "drawing.jpg").write_bytes(sample_image())
    table = cli.run("compress", "print.tif", "scan.tif", "drawing.jpg", "-o", "smaller").stdout.decode().splitlines()
    assert ["converted" in line for line in table[1:]] == [True, False, False]
    assert ["same pixels" in line for line in table[1:]] == [False, True, True]
    written = sorted(path.name for path in (tmp_path / "smaller").iterdir())
    assert written == ["drawing.png", "print.png", "scan.png"]


def test_a_stored_image_whose_pixels_were_converted_is_shown_as_such(cli: Server, tmp_path: Path) -> None:
    cli.token()
    for name, image in (("print.tif", a_photo().convert("CMYK")), ("scan.tif", a_photo())):
        cli.call("images", "add", "-", "--name", name, stdin=saved(image, "TIFF"))
    shown = [cli.call("images", "show", name).stdout.decode() for name in ("print.tif", "scan.tif")]
    assert [", converted\n" in each for each in shown] == [True, False]


def test_a_file_that_is_no_image_is_named_and_the_others_are_tried(cli: Server, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(a_large_jpeg())
    (tmp_path / "notes.txt").write_text("no image")
    ended = cli.run("compress", "notes.txt", "photo.jpg", check=False)
    assert ended.returncode == os.EX_DATAERR
    assert b"notes.txt: The file is not an image, or is damaged." in ended.stderr
    assert b"jpegli" in ended.stdout


def test_a_terminated_command_leaves_no_file(cli: Server, tmp_path: Path) -> None:
    (tmp_path / "drawing.png").write_bytes(encoded(a_photo(2500, 2000)))
    places = {"TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    process = subprocess.Popen(
        [*CALOTYPE, "compress", "drawing.png"],
        cwd=tmp_path,
        env=cli.environment | places,
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + 20
    while not list((tmp_path / "tmp").glob("calotype-*/staging/*/in/*")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert not list((tmp_path / "tmp").iterdir())


def test_stored_images_are_made_smaller_while_the_server_runs(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_IMAGES__COMPRESSION="off") as server:
        token = server.token()
        with server.client(token) as client:
            stored = client.post("/image/", files={"original": ("photo.jpg", a_large_jpeg())}).json()
        (tmp_path / "calotype.toml").write_text('[images]\ncompression = "excellent"\n')
        excellent = ("--config", "calotype.toml")
        environment = {
            name: text for name, text in server.environment.items() if name != "CALOTYPE_IMAGES__COMPRESSION"
        }

        def recompress(*options: str) -> dict[str, Any]:
            done = subprocess.run(
                [*CALOTYPE, *excellent, "images", "recompress", "--json", *options],
                cwd=tmp_path, env=environment, capture_output=True, check=True,
            )  # fmt: skip
            said: dict[str, Any] = json.loads(done.stdout)
            return said

        assert recompress()["checked"] == 0, "an image stored without compression is left alone unless requested"
        planned = recompress("--with-loss", "--dry-run")
        with server.client(token) as client:
            assert client.get(f"/image/{stored['id']}/").json()["sha256"] == stored["sha256"]
            done = recompress("--with-loss")
            assert (done["smaller"], done["failed"]) == (1, 0)
            assert (done["before"], done["after"]) == (planned["before"], planned["after"])
            after = client.get(f"/image/{stored['id']}/").json()
            assert after["size"] == len(client.get("/image/photo.jpg/").content) < stored["size"]
            assert (after["name"], after["uploaded_size"]) == (stored["name"], stored["uploaded_size"])
            assert after["compression"]["codec"] == "jpegli"
            receipt = after["compression"]
            score = f"score {receipt['score']:.1f}, worst place {receipt['lowest']:.1f}\n"
            assert score in server.call("images", "show", "photo.jpg").stdout.decode()
            assert client.get(stored["original"]).status_code == 200, "links work until they expire"
        assert recompress("--with-loss")["checked"] == 0


def test_images_that_are_left_alone_are_counted_with_the_reason(cli: Server) -> None:
    cli.token()
    for number, mode in enumerate(("off", "excellent", "excellent"), 1):
        cli.settings["CALOTYPE_IMAGES__COMPRESSION"] = mode
        cli.call("images", "add", "-", "--name", f"{number}.png", stdin=sample_image(seed=number))
    nothing = "Nothing to do."
    kept = "1 were stored without loss or with less loss, and stay so unless --with-loss is given."
    before = "2 were compressed with loss or in mode excellent before, and stay so unless --again is given."
    assert cli.call("images", "recompress").stdout.decode().splitlines() == [nothing, kept, before]
    told = json.loads(cli.call("images", "recompress", "--json").stdout)
    assert (told["checked"], told["kept_from_loss"], told["compressed_before"]) == (0, 1, 2)
    again = json.loads(cli.call("images", "recompress", "--again", "--json").stdout)
    assert (again["checked"], again["kept_from_loss"], again["compressed_before"]) == (3, 0, 0)
