"""Every promise of the threat model, and every line of what survives, names tests, and each of them exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NAMED = re.compile(r"`((?:tests|proofs)/[\w/]+\.py)::(\w+)`")


def rows(document: str, heading: str) -> list[tuple[str, str]]:
    """The rows of the table under the heading: what comes before the last cell, and that cell."""
    section = (ROOT / "docs" / document).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| (.+) \| ([^|]+) \|$", section, re.MULTILINE)[1:]


PROMISES = rows("threat-model.md", "What is promised")
SURVIVES = rows("durability.md", "What survives what")


def test_there_are_lines() -> None:
    assert len(PROMISES) > 8
    assert len(SURVIVES) > 15


@pytest.mark.parametrize(
    ("line", "proofs"), [*PROMISES, *SURVIVES], ids=[line[:50] for line, _ in [*PROMISES, *SURVIVES]]
)
def test_a_line_is_shown_by_tests_that_exist(line: str, proofs: str) -> None:
    found = NAMED.findall(proofs)
    assert found, line
    assert NAMED.sub("", proofs).strip(", ") == "", "only tests are named"
    for file, name in found:
        tree = ast.parse((ROOT / file).read_text())
        there = {each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in there, f"{file} has no {name}"
