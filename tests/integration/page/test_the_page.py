"""What holds for the whole page at ``/``: that only browsers get it, its policy, and that nobody is shut out."""

import re
import sys
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Page, expect

from kit.missing import missing
from kit.page.steps import a_picture, expect_uploaded, log_in
from kit.servers.calotype import Server, running

Scheme = Literal["light", "dark"]
AS_BROWSERS_DO = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
MOST_BYTES = 250_000  # of all files of the page, compressed


def violations(page: Page) -> list[str]:
    """What axe-core finds, also by its best practices."""
    axe = Path(sys.prefix, "npm", "node_modules", "axe-core", "axe.min.js")
    if not axe.is_file():
        missing("axe-core is not installed: npm is needed for that")
    page.evaluate(axe.read_text())
    found = page.evaluate("axe.run()")["violations"]
    return [f"{rule['id']}: {node['html'][:150]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_rule_of_accessibility_is_broken(page: Page, token: str, scheme: Scheme, width: int) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    found = violations(page)
    log_in(page, token)
    expect(page.get_by_role("heading", name="No images yet")).to_be_visible()
    found += violations(page)
    page.set_input_files("[data-test=files]", [a_picture(number) for number in range(2)])
    expect_uploaded(page, 2)
    found += violations(page)
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("button", name="Account").click()
    found += violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("option", name="picture-1.jpg").click()
    expect(page.get_by_role("heading", name="picture-1.jpg")).to_be_visible()
    page.get_by_role("button", name="Compare with the upload").click()
    found += violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("option", name="picture-1.jpg").focus()
    page.keyboard.press(" ")
    found += violations(page)
    assert sorted(set(found)) == []


def test_only_browsers_get_the_page(server: Server) -> None:
    for accept in (None, "*/*", "application/json", "application/json, */*;q=0.5", "text/*"):
        answer = httpx.get(server.url, headers={"Accept": accept} if accept else {})
        assert answer.json()["service"] == "Calotype"
        assert answer.headers["Vary"] == "Accept"
    answer = httpx.get(server.url, headers=AS_BROWSERS_DO)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"
    assert "set-cookie" not in answer.headers


def test_its_policy_forbids_everything_but_its_own(server: Server) -> None:
    answer = httpx.get(server.url, headers=AS_BROWSERS_DO)
    policy = dict(each.strip().split(" ", 1) for each in answer.headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' blob:",
        "connect-src": "'self'",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_its_files_are_compressed_and_kept_for_a_year(server: Server) -> None:
    page = httpx.get(server.url, headers=AS_BROWSERS_DO).text
    files = re.findall(r"page/[\w-]+\.(?:css|js|svg)", page)
    assert len(files) == 3
    total = 0
    for file in files:
        with httpx.stream("GET", f"{server.url}/{file}", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert "immutable" in answer.headers["Cache-Control"]
            total += len(b"".join(answer.iter_raw()))
        again = httpx.get(f"{server.url}/{file}", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
    assert total < MOST_BYTES
    assert httpx.get(f"{server.url}/page/index.html").status_code == 404
    assert httpx.get(f"{server.url}/page/..%2Findex.html").status_code == 404


def test_the_page_can_be_turned_off(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_HTTP__PAGE="false") as server:
        answer = httpx.get(server.url, headers=AS_BROWSERS_DO)
        assert answer.json()["service"] == "Calotype"
        assert httpx.get(f"{server.url}/page/LICENSES.txt").status_code == 404
