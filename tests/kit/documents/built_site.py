"""What is wrong with a built documentation site: python built_site.py FOLDER

Links that lead nowhere, and what a browser would load from elsewhere. Needs only the standard library.
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

ONLY_FOR_SERVERS = {"404.html", "sitemap.xml"}  # a page opened from a file never shows them; their paths begin with /
FOREIGN_IN_STYLES = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)")


class Page(HTMLParser):
    """The links, loads and anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif name in {"href", "src", "action", "poster", "data", "srcset"} and value is not None:
                (self.links if tag == "a" else self.loads).append(value)


def problems(site: Path) -> Iterator[str]:
    """A line for each problem, with the file in which it is.

    Links to other hosts are not followed: only what is loaded without a click is a problem.
    """
    site = site.resolve()
    pages = {file: Page(file.read_text()) for file in site.rglob("*.html") if file.name not in ONLY_FOR_SERVERS}
    for file, page in sorted(pages.items()):
        here = file.relative_to(site)
        for load in page.loads:
            if re.match(r"(https?:)?//", load):
                yield f"{here} loads {load}"
        for link in [*page.links, *page.loads]:
            if re.match(r"([a-z]+:|//)", link):
                continue
            path, _, anchor = link.partition("#")
            target = (file.parent / unquote(path.partition("?")[0])).resolve() if path else file
            if not target.is_file() or not target.is_relative_to(site):
                yield f"{here} links to {link}, which is not there"
            elif anchor and target in pages and unquote(anchor) not in pages[target].anchors:
                yield f"{here} links to {link}, and there is no such heading"
    for style in sorted(site.rglob("*.css")):
        for foreign in FOREIGN_IN_STYLES.findall(style.read_text()):
            yield f"{style.relative_to(site)} loads {foreign}"


if __name__ == "__main__":
    found = list(problems(Path(sys.argv[1])))
    print("\n".join(found) or "No link leads nowhere, and nothing is loaded from elsewhere.")
    sys.exit(bool(found))
