"""Files are uploaded from the page by all ways that browsers know, and each is stored once."""

import re
import signal
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, FilePayload, Page, Request, expect

from integration.page.conftest import Opener
from kit.page.steps import (
    a_file,
    a_large_picture,
    a_picture,
    expect_uploaded,
    images_of,
    log_in,
    token_of,
    upload,
)
from kit.servers.calotype import Server

SLOW = 50_000  # bytes a second


def slow_link(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 300, "downloadThroughput": SLOW, "uploadThroughput": SLOW},
    )
    return session


def as_fast_as_it_is(session: CDPSession) -> None:
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def keys_of_uploads(page: Page) -> list[str | None]:
    """The Idempotency-Key of each upload, as long as they are sent."""
    keys: list[str | None] = []

    def note(request: Request) -> None:
        if request.method == "POST" and "/image/?name=" in request.url:
            keys.append(request.headers.get("idempotency-key"))

    page.on("request", note)
    return keys


def wait_until_partly_sent(page: Page) -> None:
    expect(page.get_by_text(re.compile(r"^[1-9]\d?% sent$")).first).to_be_visible()


def test_files_and_folders_are_dropped(gallery: Page, server: Server, token: str, tmp_path: Path) -> None:
    folder = tmp_path / "holiday"
    (folder / "second day").mkdir(parents=True)
    for number, file in enumerate((folder / "a.png", folder / "second day" / "b.png", tmp_path / "c.png")):
        file.write_bytes(a_file(number))
    (folder / ".hidden").write_bytes(b"what a system puts into folders")
    session = gallery.context.new_cdp_session(gallery)
    data = {"items": [], "files": [str(folder), str(tmp_path / "c.png")], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 400, "y": 400, "data": data})
        if kind == "dragOver":
            expect(gallery.get_by_text("Drop to upload")).to_be_visible()
    expect_uploaded(gallery, 3)
    expect(gallery.get_by_text("Drop to upload")).to_be_hidden()
    assert set(images_of(server, token)) == {"a.png", "b.png", "c.png"}


def test_an_image_in_the_clipboard_is_pasted(gallery: Page, server: Server, token: str) -> None:
    gallery.context.grant_permissions(["clipboard-read", "clipboard-write"])
    gallery.evaluate(
        """async () => {
            const canvas = new OffscreenCanvas(80, 60);
            canvas.getContext("2d").fillRect(0, 0, 40, 30);
            const blob = await canvas.convertToBlob();
            await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
        }"""
    )
    gallery.keyboard.press("Control+v")
    expect_uploaded(gallery, 1)
    (image,) = images_of(server, token).values()
    assert (image["width"], image["height"]) == (80, 60)


def test_what_cannot_be_stored_is_refused_with_a_reason_and_the_rest_goes_on(
    gallery: Page, server: Server, token: str
) -> None:
    bad: FilePayload = {"name": "text.png", "mimeType": "image/png", "buffer": b"not an image"}
    gallery.set_input_files("[data-test=files]", [bad, a_picture(1)])
    expect(gallery.get_by_text("1 uploaded, 1 not")).to_be_visible()
    expect(gallery.locator(".uploads li.refused")).to_contain_text("text.png")
    expect(gallery.locator(".uploads li.refused .state")).to_contain_text("image")
    assert set(images_of(server, token)) == {"picture-1.jpg"}


def test_each_upload_shows_its_progress_on_a_slow_link(gallery: Page, server: Server, token: str) -> None:
    slow_link(gallery)
    gallery.set_input_files("[data-test=files]", [a_large_picture(number) for number in range(2)])
    wait_until_partly_sent(gallery)
    bars = gallery.locator(".uploads li progress").evaluate_all("bars => bars.map(bar => [bar.ariaLabel, bar.value])")
    assert {name for name, _ in bars} == {"large-0.jpg", "large-1.jpg"}
    assert any(0 < value < 1 for _, value in bars)
    expect_uploaded(gallery, 2)
    assert set(images_of(server, token)) == {"large-0.jpg", "large-1.jpg"}


def test_an_upload_whose_answer_is_lost_is_sent_again_and_stored_once(
    gallery: Page, server: Server, token: str
) -> None:
    keys = keys_of_uploads(gallery)
    session = gallery.context.new_cdp_session(gallery)
    lost: list[str] = []

    def pass_all_but_the_first(event: dict[str, Any]) -> None:
        if lost:
            session.send("Fetch.continueRequest", {"requestId": event["requestId"]})
            return
        lost.append(event["requestId"])
        session.send("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": "ConnectionClosed"})

    session.on("Fetch.requestPaused", pass_all_but_the_first)
    session.send("Fetch.enable", {"patterns": [{"urlPattern": "*/image/?name=*", "requestStage": "Response"}]})
    gallery.set_input_files("[data-test=files]", [a_picture(1)])
    expect(gallery.get_by_text("No answer. Trying again in")).to_be_visible()
    assert set(images_of(server, token)) == {"picture-1.jpg"}
    expect_uploaded(gallery, 1)
    assert set(images_of(server, token)) == {"picture-1.jpg"}
    assert len(keys) == 2
    assert keys[0] == keys[1] is not None


def test_an_upload_goes_on_after_the_server_was_killed_and_started_again(open_page: Opener, own_server: Server) -> None:
    page, token = open_page(own_server), token_of(own_server)
    log_in(page, token)
    keys = keys_of_uploads(page)
    link = slow_link(page)
    page.set_input_files("[data-test=files]", [a_large_picture(1)])
    wait_until_partly_sent(page)
    own_server.stop(signal.SIGKILL)
    expect(page.get_by_text("No answer. Trying again in")).to_be_visible()
    own_server.start()
    as_fast_as_it_is(link)
    expect_uploaded(page, 1)
    assert set(images_of(own_server, token)) == {"large-1.jpg"}
    assert len(keys) >= 2
    assert len(set(keys)) == 1


def test_a_file_replaces_an_image_in_its_place(gallery: Page, server: Server, token: str) -> None:
    upload(gallery, a_picture(1))
    gallery.get_by_role("option", name="picture-1.jpg").click()
    gallery.set_input_files("[data-test=replacement]", [a_large_picture(2)])
    expect(gallery.get_by_role("complementary").get_by_text("480 \u00d7 360")).to_be_visible()
    (image,) = images_of(server, token).values()
    assert (image["width"], image["height"]) == (480, 360)
