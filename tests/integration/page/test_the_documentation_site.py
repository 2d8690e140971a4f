"""The documentation site, opened from files: it is searched, and asks no server for anything."""

from pathlib import Path

from playwright.sync_api import Browser

from kit.missing import missing
from kit.page.steps import PATIENCE

SITE = Path(__file__).parents[3] / "build" / "site"


def test_the_site_is_searched_from_files_without_a_network(browser: Browser) -> None:
    if not (SITE / "index.html").exists():
        missing("make docs was not run")
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto((SITE / "docs" / "faq.html").as_uri())
    page.get_by_role("button", name="Search").first.click()
    page.keyboard.type("sandbox", delay=20)
    page.locator("a", has_text="Image workers are trusted with nothing").first.click()
    page.get_by_role("heading", name="29. Image workers are trusted with nothing").wait_for()
    assert [each for each in requested if not each.startswith(("file:", "data:", "about:"))] == []
    context.close()
