"""The decision records have one form, and what they and the documents link to exists."""

import re
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
FORM = re.compile(
    r"# (?P<number>\d+)\. \S.*\n\n"
    r"Date: (?P<date>\d{4}-\d\d-\d\d)\n\n"
    r"Status: (accepted|superseded by \[decision \d+\]\(\S+\.md\))\n\n"
    r"## Context\n\n\S(?s:.+)\n\n## Decision\n\n\S(?s:.+)\n\n## Rejected\n\n\S(?s:.+)\n\n## Consequences\n\n\S(?s:.+)\n"
)
SCREEN = 50  # lines


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name)
def test_a_decision_has_the_form(path: Path) -> None:
    text = path.read_text()
    form = FORM.fullmatch(text)
    assert form
    assert re.findall(r"^#+ (.*)$", text, re.MULTILINE)[1:] == ["Context", "Decision", "Rejected", "Consequences"]
    assert date.fromisoformat(form["date"])
    assert path.name.startswith(f"{int(form['number']):04d}-")
    assert text.count("\n") <= SCREEN


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name)
def test_a_decision_names_files_that_exist(path: Path) -> None:
    named = re.findall(
        r"`((?:src/)?(?:domain|adapters|entrypoints|tests|deploy|bench|docs)/[\w./-]+)`", path.read_text()
    )
    assert [each for each in named if not (ROOT / each).exists() and not (ROOT / "src" / each).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text())
    assert [each for each in links if not (path.parent / each).exists()] == []
