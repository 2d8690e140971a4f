"""The version is set in one place, and the changelog has a section for it."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_the_newest_section_of_the_changelog_is_the_version() -> None:
    titles = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert titles[0] == "Unreleased"
    assert re.fullmatch(rf"{re.escape(VERSION)} - \d{{4}}-\d\d-\d\d", titles[1])


def test_the_version_is_written_nowhere_in_the_code() -> None:
    for path in (ROOT / "src").rglob("*.py"):
        assert f'"{VERSION}"' not in path.read_text(), path
