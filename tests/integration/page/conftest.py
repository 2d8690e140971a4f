"""The web page in a real browser, Debian's Chromium."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from kit.page.steps import PATIENCE, log_in, token_of
from kit.servers import programs
from kit.servers.calotype import Server, running

Opener = Callable[..., Page]


@pytest.fixture(scope="module")  # its driver keeps an event loop in this thread, which other modules cannot do with
def browser() -> Iterator[Browser]:
    executable = programs.chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """For a test that stops it, or counts all of its images."""
    with running(tmp_path) as server:
        yield server


@contextmanager
def opened(browser: Browser, server: Server, locale: str = "en-GB", also: tuple[str, ...] = ()) -> Iterator[Page]:
    """The page. Whatever it asks of other servers than ``also``, and every error in its console, fails the test."""
    context = browser.new_context(locale=locale)
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
    assert [url for url in requested if not url.startswith((server.url, *also, "blob:", "data:"))] == []
    context.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    """Opens the page of a server, in English unless a locale is given."""
    with ExitStack() as stack:
        yield lambda server, locale="en-GB": stack.enter_context(opened(browser, server, locale))


@pytest.fixture
def page(open_page: Opener, server: Server) -> Page:
    """The page as it is opened, before the log-in."""
    return open_page(server)


@pytest.fixture
def token(server: Server, username: str) -> str:
    return token_of(server, username)


@pytest.fixture
def gallery(page: Page, token: str) -> Page:
    """The page after the log-in of a user who has no images."""
    log_in(page, token)
    page.get_by_role("heading", name="No images yet").wait_for()
    return page
