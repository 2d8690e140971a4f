"""The package that ``make dist`` builds is complete and works without the checkout."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import Server

ROOT = Path(__file__).parents[2]
VERSION = metadata.version("calotype")


def build(kind: str, source: Path, target: Path) -> Path:
    """What ``make dist`` does, for one kind of package."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", target], cwd=source, check=True)
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, which shows that the sdist is complete."""
    unpacked = tmp_path_factory.mktemp("source")
    with tarfile.open(sdist) as archive:
        # Python 3.11.2, which Debian 12 has, does not know the argument ``filter``; later versions warn if it is missing.
        archive.extraction_filter = lambda member, _: member
        archive.extractall(unpacked)
    return build("wheel", unpacked / f"calotype-{VERSION}", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment with the wheel; dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True, env=clean_environment())
    # Python ignores .pth files in a folder that a .pth file names, so the editable install of the checkout is not found.
    found = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    Path(found.strip(), "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CALOTYPE_"))}


@contextmanager
def serving(program: Path, folder: Path) -> Iterator[Server]:
    server = Server(folder, {"PYTHONPATH": ""}, program=(str(program),))
    try:
        yield server.start()
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()


def test_the_wheel_has_the_migrations_the_page_and_the_licences_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    about = f"calotype-{VERSION}.dist-info"
    assert {name.partition("/")[0] for name in names} == {"domain", "adapters", "entrypoints", about}
    migrations = {
        path.relative_to(ROOT / "src").as_posix() for path in ROOT.glob("src/adapters/sql/migrations/**/*.py")
    }
    assert migrations
    assert migrations <= set(names)
    page = {path.relative_to(ROOT / "src").as_posix() for path in ROOT.glob("src/entrypoints/http/page/*")}
    assert "entrypoints/http/page/index.html" in page
    assert page <= set(names)
    for name in ("LICENSE", "NOTICE"):
        assert zipfile.ZipFile(wheel).read(f"{about}/licenses/{name}") == (ROOT / name).read_bytes()
    assert b"License-Expression: Apache-2.0\n" in zipfile.ZipFile(wheel).read(f"{about}/METADATA")


def test_the_sdist_has_what_is_needed_to_test_it(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = set(archive.getnames())
    for name in (
        "LICENSE",
        "NOTICE",
        "Makefile",
        "requirements/test.txt",
        "tests/conftest.py",
        "tests/vectors/rocket.png",
    ):
        assert f"calotype-{VERSION}/{name}" in names


def test_the_wheel_serves_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    def output(*command: str) -> str:
        ended = subprocess.run(
            command, cwd=tmp_path, env=clean_environment(), check=True, capture_output=True, text=True
        )
        return ended.stdout

    code = "import domain, adapters, entrypoints; print(domain.__file__, adapters.__file__, entrypoints.__file__)"
    for file in output(str(installed / "python"), "-c", code).split():
        assert Path(file).is_relative_to(installed.parent)
    assert output(str(installed / "calotype"), "--version") == f"calotype, version {VERSION}\n"

    with serving(installed / "calotype", tmp_path) as server:
        token = server.run("get-access-key").stdout.decode().strip()
        with server.client(token) as client:
            stored = client.post("/image/", files={"original": ("sample.png", sample_image())})
            assert stored.status_code == 201
            assert httpx.get(stored.json()["original"]).headers["content-type"] == "image/png"
            assert client.get("/schema/openapi.json").json()["info"]["version"] == VERSION
