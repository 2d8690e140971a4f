"""Hints name the command line as it was started."""

import sys
from pathlib import Path

import pytest

from entrypoints.cli.own_name import own_name


@pytest.mark.parametrize(
    ("started", "path", "named"),
    [
        (".venv/bin/calotype", "", ".venv/bin/calotype"),
        (".venv/bin/calotype", "bin", ".venv/bin/calotype"),
        ("bin/calotype", "bin", "calotype"),
        ("src/entrypoints/cli/main.py", "bin", "calotype"),
    ],
)
def test_a_hint_names_the_path_only_where_the_name_does_not_lead_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: str, path: str, named: str
) -> None:
    for folder in (".venv/bin", "bin"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "calotype").touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / (path or "nothing")))
    monkeypatch.setattr(sys, "argv", [started])
    assert own_name() == named
