"""Every promise of the threat model names tests, and each of them exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "threat-model.md").read_text()
PROMISES = re.findall(
    r"^\| ([^|]+) \| ([^|]+) \|$", TEXT.partition("\n## What is promised\n")[2].partition("\n## ")[0], re.MULTILINE
)[1:]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_there_are_promises() -> None:
    assert len(PROMISES) > 8


@pytest.mark.parametrize(("promise", "proofs"), PROMISES, ids=[promise[:50] for promise, _ in PROMISES])
def test_a_promise_is_proved_by_tests_that_exist(promise: str, proofs: str) -> None:
    found = NAMED.findall(proofs)
    assert found, promise
    assert NAMED.sub("", proofs).strip(", ") == "", "only tests are named"
    for file, name in found:
        tree = ast.parse((ROOT / file).read_text())
        there = {each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in there, f"{file} has no {name}"
