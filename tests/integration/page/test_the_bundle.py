"""The page that is committed and served is the one in ``page``."""

import shutil
import subprocess
from pathlib import Path

import pytest

from kit.missing import missing

ROOT = Path(__file__).parents[3]
BUILT = Path("src", "entrypoints", "http", "page")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The source of the page and what is committed of it, in a folder in which both can be changed."""
    packages = ROOT / "page" / "node_modules"
    if not packages.is_dir() or not shutil.which("npm"):
        missing("what bundles the page is not installed: install npm, then run make test")
    shutil.copytree(ROOT / "page", tmp_path / "page", ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "page" / "node_modules").symlink_to(packages)
    shutil.copytree(ROOT / BUILT, tmp_path / BUILT)
    return tmp_path


def check(checkout: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["npm", "run", "check"], cwd=checkout / "page", capture_output=True, text=True)


def test_the_committed_bundle_is_what_its_source_makes(checkout: Path) -> None:
    ended = check(checkout)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_another_source_is_noticed(checkout: Path) -> None:
    with (checkout / "page" / "src" / "text" / "english.ts").open("a") as source:
        source.write("console.log(1);\n")
    ended = check(checkout)
    assert ended.returncode != 0
    assert "make page" in ended.stderr
