"""Logging in on the page, and what happens when the log-in ends."""

import json

from playwright.sync_api import Page, expect

from integration.page.conftest import Opener
from kit.page.steps import a_picture, expect_uploaded, images_of, log_in, token_of, upload
from kit.servers.calotype import Server

PASSWORD = "correct horse battery"


def test_a_user_logs_in_with_name_and_password(page: Page, server: Server, username: str) -> None:
    server.run("users", "add", username, stdin=f"{PASSWORD}\n".encode())
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill("something else")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(page.get_by_label("Password")).to_be_focused()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No images yet")).to_be_visible()


def test_a_token_that_is_not_valid_is_refused(page: Page) -> None:
    log_in(page, "clt_mistyped")
    expect(page.get_by_role("alert")).to_have_text("This token is not valid. It may be mistyped, expired or revoked.")


def test_the_log_in_lives_in_the_tab_alone(gallery: Page, server: Server, token: str) -> None:
    gallery.reload()
    expect(gallery.get_by_role("heading", name="No images yet")).to_be_visible()
    assert gallery.context.cookies() == []
    assert token not in json.dumps(gallery.context.storage_state())  # cookies, and what all tabs share
    other = gallery.context.new_page()
    other.goto(server.url)
    expect(other.get_by_label("User name")).to_be_visible()


def test_logging_out_forgets_the_token(gallery: Page, token: str) -> None:
    gallery.get_by_role("button", name="Account").click()
    gallery.get_by_role("button", name="Log out").click()
    expect(gallery.get_by_label("User name")).to_be_visible()
    assert token not in gallery.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    gallery.reload()
    expect(gallery.get_by_label("User name")).to_be_visible()


def test_a_revoked_token_asks_for_a_log_in_and_keeps_what_is_to_be_uploaded(
    open_page: Opener, own_server: Server
) -> None:
    page, first = open_page(own_server), token_of(own_server)
    log_in(page, first)
    upload(page, a_picture(0))
    (key,) = json.loads(own_server.run("keys", "list", "--json").stdout)
    own_server.stop()
    page.set_input_files("[data-test=files]", [a_picture(number) for number in (1, 2, 3)])
    expect(page.get_by_text("No answer. Trying again in").first).to_be_visible()
    own_server.run("keys", "revoke", str(key["id"]))
    own_server.start()
    expect(page.get_by_text("Your log-in has expired.")).to_be_visible()
    expect(page.get_by_text("Waits for your log-in")).to_have_count(3)
    assert page.locator(".tile").count() == 0
    second = token_of(own_server)
    log_in(page, second)
    expect_uploaded(page, 3)
    assert set(images_of(own_server, second)) == {f"picture-{number}.jpg" for number in range(4)}
