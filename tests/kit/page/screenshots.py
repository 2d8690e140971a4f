"""Makes the pictures of the page in docs/pictures, from a running server and a real browser: ``make screenshots``."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import FilePayload, Page, expect, sync_playwright

from kit.page.landscapes import a_landscape
from kit.page.steps import expect_uploaded, log_in, token_of
from kit.servers import programs
from kit.servers.calotype import Server, running
from kit.servers.requests import store, with_variants

PICTURES = Path(__file__).parents[3] / "docs" / "pictures"
STORED = 26
QUALITY = 82


def main() -> None:
    with (
        TemporaryDirectory() as folder,
        running(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        token = token_of(server)
        fill(server, token)
        browser = playwright.chromium.launch(executable_path=programs.chromium(), args=["--no-sandbox"])
        desk = browser.new_page(locale="en-GB", viewport={"width": 1280, "height": 800})
        desk.goto(server.url)
        log_in(desk, token)
        upload(desk, *range(STORED, STORED + 3))
        save(desk, "gallery")
        desk.get_by_role("button", name="Close").click()
        desk.locator(".tile").first.click()
        desk.get_by_role("button", name="Compare with the upload").click()
        save(desk, "image")
        phone = browser.new_page(locale="en-GB", color_scheme="dark", viewport={"width": 390, "height": 760})
        phone.goto(server.url)
        log_in(phone, token)
        save(phone, "phone")


def fill(server: Server, token: str) -> None:
    with server.client(token) as client:
        for number in range(STORED):
            name, data = a_landscape(number)
            with_variants(client, store(client, data, name)["id"])


def upload(page: Page, *numbers: int) -> None:
    files: list[FilePayload] = []
    for number in numbers:
        name, data = a_landscape(number)
        files.append({"name": name, "mimeType": "image/jpeg", "buffer": data})
    page.set_input_files("[data-test=files]", files)
    expect_uploaded(page, len(files))


def save(page: Page, name: Literal["gallery", "image", "phone"]) -> None:
    """Once every image in view is loaded."""
    images = page.locator(".tile img, .picture img")
    expect(images.first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)
    page.wait_for_timeout(1_000)  # transitions
    page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=QUALITY)


if __name__ == "__main__":
    main()
