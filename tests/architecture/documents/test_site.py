"""The documentation site leads to every document, and its check finds what is wrong with it."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from kit.documents.built_site import problems

ROOT = Path(__file__).parents[3]
DECISIONS = ROOT / "docs" / "adr"
SITE = tomllib.loads((ROOT / "docs" / "site" / "zensical.toml").read_text())["project"]


def in_navigation(entries: list[object]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, dict):
            yield from in_navigation(list(entry.values()))
        elif isinstance(entry, list):
            yield from in_navigation(entry)
        else:
            yield str(entry)


def test_the_navigation_names_every_document() -> None:
    there = [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/*.md"),
        *ROOT.glob("client/*.md"),
        *ROOT.glob("bench/results/*.md"),
    ]
    named = sorted(in_navigation(SITE["nav"]))
    assert named == sorted(str(each.relative_to(ROOT)) for each in there if not re.match(r"\d{4}-", each.name))


def test_the_list_of_decisions_names_each_by_its_title() -> None:
    listed = re.findall(r"^- \[(.+)\]\((.+)\)$", (DECISIONS / "README.md").read_text(), re.MULTILINE)
    titles = {each.name: each.read_text().partition("\n")[0] for each in sorted(DECISIONS.glob("[0-9]*.md"))}
    assert [(f"# {title}", name) for title, name in listed] == [(title, name) for name, title in titles.items()]


def test_the_check_of_the_site_finds_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "there.html").write_text(
        '<h1 id="a">A</h1><a href="https://example.org/">elsewhere</a><a href="#a">here</a>'
    )
    (tmp_path / "page.css").write_text(
        '@import "//fonts.example/x.css"; a { background: url(data:image/png;base64,aaaa) }'
    )
    (tmp_path / "page.html").write_text(
        '<link href="page.css"><script src="https://cdn.example/x.js"></script><a href="there.html#a">right</a>'
        '<a href="there.html#b">no heading</a><img src="gone.png"><a href="../outside.html">outside</a><a href=".">folder</a>'
    )
    assert list(problems(tmp_path)) == [
        "page.html loads https://cdn.example/x.js",
        "page.html links to there.html#b, and there is no such heading",
        "page.html links to ../outside.html, which is not there",
        "page.html links to ., which is not there",
        "page.html links to gone.png, which is not there",
        "page.css loads //fonts.example/x.css",
    ]
