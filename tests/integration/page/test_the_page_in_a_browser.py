"""The web page at ``/`` in a real browser, against a running service."""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Literal

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect, sync_playwright

from kit.missing import missing
from kit.servers import programs
from kit.servers.calotype import Server, running

Scheme = Literal["light", "dark"]
PATIENCE = 60_000  # milliseconds


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = programs.chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, CALOTYPE_HTTP__PAGE="true") as server:
        yield server


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The page, in English. Whatever it asks of other servers, or writes to the console as an error, fails the test."""
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    requested: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    page.goto(server.url)
    yield page
    assert errors == []
    assert [url for url in requested if not url.startswith((server.url, "blob:", "data:"))] == []
    context.close()


def log_in(page: Page, token: str) -> None:
    page.get_by_role("button", name="Use a token").click()
    page.get_by_label("Access token").fill(token)
    page.get_by_role("button", name="Log in").click()


def a_picture(number: int) -> FilePayload:
    file = BytesIO()
    Image.radial_gradient("L").resize((320, 240)).rotate(number * 30).save(file, "JPEG", quality=95)
    return {"name": f"picture-{number}.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def token_of(server: Server) -> str:
    """From a process of its own: in this one runs the event loop of the browser's driver."""
    return server.run("get-access-key", "admin").stdout.decode().strip()


def names(server: Server, token: str) -> set[str]:
    with server.client(token) as client:
        return {each["name"] for each in client.get("/image/").json()["results"]}


def test_an_image_is_uploaded_and_deleted(page: Page, server: Server) -> None:
    token = token_of(server)
    log_in(page, token)
    page.set_input_files("[data-test=files]", [a_picture(1)])
    expect(page.get_by_text("1 uploaded")).to_be_visible(timeout=PATIENCE)
    page.locator(".tile").first.click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Image deleted")).to_be_visible()
    assert names(server, token) == {"picture-1.jpg"}
    expect(page.get_by_text("Image deleted")).to_be_hidden(timeout=PATIENCE)
    page.wait_for_timeout(2_000)
    assert names(server, token) == set()


def test_the_keys_act_on_the_image_that_has_the_focus(page: Page, server: Server) -> None:
    token = token_of(server)
    log_in(page, token)
    page.set_input_files("[data-test=files]", [a_picture(number) for number in range(3)])
    expect(page.get_by_text("3 uploaded", exact=True)).to_be_visible(timeout=PATIENCE)
    page.get_by_role("option", name="picture-1.jpg").focus()
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as answered:
        page.keyboard.press("Delete")
    assert answered.value.status == 204
    assert names(server, token) == {"picture-0.jpg", "picture-2.jpg"}


def test_a_change_shows_at_once_in_the_large_view(page: Page, server: Server) -> None:
    log_in(page, token_of(server))
    page.set_input_files("[data-test=files]", [a_picture(1)])
    page.get_by_role("option", name="picture-1.jpg").click()
    page.get_by_label("Public").check()
    expect(page.get_by_text("works as long as the image is public")).to_be_visible(timeout=PATIENCE)
    page.get_by_label("Name", exact=True).fill("renamed.jpg")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="renamed.jpg")).to_be_visible(timeout=PATIENCE)


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
def test_no_rule_of_accessibility_is_broken(page: Page, server: Server, scheme: Scheme, width: int) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    found = violations(page)
    log_in(page, token_of(server))
    expect(page.get_by_role("heading", name="No images yet")).to_be_visible(timeout=PATIENCE)
    found += violations(page)
    page.set_input_files("[data-test=files]", [a_picture(number) for number in range(2)])
    expect(page.get_by_text("2 uploaded", exact=True)).to_be_visible(timeout=PATIENCE)
    found += violations(page)
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("button", name="Account").click()
    found += violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("option", name="picture-1.jpg").click()
    expect(page.get_by_role("heading", name="picture-1.jpg")).to_be_visible(timeout=PATIENCE)
    found += violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("option", name="picture-1.jpg").focus()
    page.keyboard.press(" ")
    found += violations(page)
    assert sorted(set(found)) == []


def test_only_browsers_get_the_page(server: Server) -> None:
    accepting = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert "Calotype" in httpx.get(server.url, headers=accepting).text
    policy = httpx.get(server.url, headers=accepting).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert httpx.get(server.url).json()["service"] == "Calotype"


def test_the_page_is_off_by_default(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        assert httpx.get(server.url, headers={"Accept": "text/html"}).json()["service"] == "Calotype"
