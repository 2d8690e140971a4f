"""The gallery: thousands of images, finding some of them, and what can be done with several."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

from integration.page.conftest import Opener
from kit.page.copied_rows import copy_the_only_image
from kit.page.steps import a_picture, images_of, log_in, token_of, upload
from kit.servers.calotype import Server
from kit.servers.requests import store, with_variants

MANY = 2_000
SCROLL = (
    "top => { scrollTo(0, top); return new Promise(end => requestAnimationFrame(() => requestAnimationFrame(end))); }"
)
MOST_TILES = 120  # three windows of them: 7 columns, 5 rows


def pages_requested(page: Page) -> list[dict[str, list[str]]]:
    """The query of each page of the list, as they are requested."""
    queries: list[dict[str, list[str]]] = []

    def note(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.path == "/image/":
            queries.append(parse_qs(parts.query))

    page.on("request", note)
    return queries


@pytest.fixture
def many(open_page: Opener, own_server: Server) -> Page:
    """The gallery of a user who has 2,001 images."""
    page, token = open_page(own_server), token_of(own_server)
    with own_server.client(token) as client:
        with_variants(client, store(client, name="newest.png")["id"])
    copy_the_only_image(own_server.folder / "calotype-data" / "calotype.sqlite3", MANY)
    log_in(page, token)
    expect(page.get_by_text("2,001 images")).to_be_visible()
    return page


def test_thousands_of_images_scroll_by_keyset_pages_with_few_elements(many: Page) -> None:
    queries = pages_requested(many)
    seen = set()
    height = many.evaluate("document.documentElement.scrollHeight")
    for top in range(0, height, 1_500):
        many.evaluate(SCROLL, top)
        expect(many.locator(".tile[aria-label$='loading']")).to_have_count(0)
        tiles = many.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.ariaLabel)")
        assert len(tiles) <= MOST_TILES
        seen.update(tiles)
    assert seen == {"newest.png", *(f"copy-{number}" for number in range(1, MANY + 1))}
    assert len(queries) == MANY // 100
    assert all("cursor" in query and "offset" not in query for query in queries)


def test_the_end_is_reached_by_one_key_and_few_requests(many: Page) -> None:
    queries = pages_requested(many)
    many.get_by_role("option", name="newest.png").focus()
    many.keyboard.press("End")
    last = many.get_by_role("option", name=f"copy-{MANY}", exact=True)
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport()
    assert last.get_attribute("aria-posinset") == last.get_attribute("aria-setsize") == str(MANY + 1)
    assert len(queries) <= 3
    assert many.locator(".tile").count() <= MOST_TILES
    many.keyboard.press("Home")
    expect(many.get_by_role("option", name="newest.png")).to_be_focused()
    many.keyboard.press("ArrowDown")
    many.keyboard.press("ArrowLeft")
    expect(many.locator(".tile:focus")).to_have_attribute("aria-label", re.compile(r"^copy-\d$"))


def test_placeholders_are_there_before_any_file(gallery: Page) -> None:
    upload(gallery, a_picture(1))
    held: list[str] = []

    def hold(route: Route) -> None:
        held.append(route.request.url)  # and never answer

    gallery.route(re.compile(r"/image/.*\.(jpg|webp)"), hold)
    gallery.reload()
    tile = gallery.get_by_role("option", name="picture-1.jpg")
    expect(tile.locator("img")).to_be_attached()
    painted = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    assert tile.locator("canvas").evaluate(painted)
    assert tile.locator("img").evaluate("image => image.naturalWidth") == 0
    assert held
    gallery.unroute_all()
    gallery.reload()
    expect(tile.locator("img.loaded")).to_be_visible()
    expect(tile.locator("canvas")).to_have_count(0)  # it would show through transparent pixels


def test_images_are_found_by_name_tag_format_and_order(gallery: Page, server: Server, token: str) -> None:
    with server.client(token) as client:
        for name, tags in (("harbour.png", ["sea"]), ("heath.png", []), ("hill.png", ["sea", "walk"])):
            client.patch(f"/image/{store(client, name=name)['id']}/", json={"tags": tags}).raise_for_status()
    upload(gallery, a_picture(1))
    gallery.reload()  # what others store is not shown before
    tiles = gallery.locator(".tile")
    expect(tiles).to_have_count(4)
    gallery.keyboard.press("/")
    gallery.keyboard.type("hea")
    expect(tiles).to_have_count(1)
    expect(tiles).to_have_attribute("aria-label", "heath.png")
    gallery.reload()  # the filters are in the address
    expect(gallery.get_by_role("searchbox")).to_have_value("hea")
    expect(tiles).to_have_count(1)
    gallery.get_by_role("button", name="Clear filters").click()
    expect(tiles).to_have_count(4)
    gallery.get_by_role("button", name="Filters", exact=True).click()
    gallery.get_by_label("Tag").fill("sea")
    gallery.keyboard.press("Enter")
    expect(tiles).to_have_count(2)
    gallery.get_by_label("Order").select_option("Name, Z to A")
    expect(tiles.first).to_have_attribute("aria-label", "hill.png")
    expect(tiles.last).to_have_attribute("aria-label", "harbour.png")
    gallery.get_by_label("Tag").fill("")
    gallery.keyboard.press("Enter")
    gallery.get_by_label("Format").select_option("JPEG")
    expect(tiles).to_have_count(1)
    expect(tiles).to_have_attribute("aria-label", "picture-1.jpg")


def test_several_images_are_tagged_and_deleted_and_the_deletion_taken_back(
    gallery: Page, server: Server, token: str
) -> None:
    upload(gallery, *(a_picture(number) for number in range(4)))
    order = gallery.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.ariaLabel)")
    gallery.locator(".tile").first.focus()
    gallery.keyboard.press(" ")
    gallery.keyboard.press("Shift+ArrowRight")
    expect(gallery.get_by_role("heading", name="2 selected")).to_be_visible()
    gallery.get_by_role("button", name="Add tags").click()
    gallery.keyboard.type("Night, sky")
    gallery.keyboard.press("Enter")
    expect(gallery.get_by_text("Tags added to 2 images")).to_be_visible()
    stored = images_of(server, token)
    assert [stored[name]["tags"] for name in order] == [["night", "sky"], ["night", "sky"], [], []]

    gallery.locator(".tile").nth(1).click(modifiers=["Control"])
    gallery.locator(".tile").nth(2).click()
    expect(gallery.get_by_role("heading", name="2 selected")).to_be_visible()
    gallery.get_by_role("button", name="Delete").click()
    expect(gallery.get_by_text("2 images deleted")).to_be_visible()
    expect(gallery.locator(".tile")).to_have_count(2)
    gallery.get_by_role("button", name="Undo").click()
    assert gallery.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.ariaLabel)") == order
    gallery.wait_for_timeout(9_000)  # longer than a deletion can be taken back
    assert set(images_of(server, token)) == set(order)


def test_a_deletion_is_carried_out_when_its_notice_ends(gallery: Page, server: Server, token: str) -> None:
    upload(gallery, a_picture(1), a_picture(2))
    gallery.get_by_role("option", name="picture-1.jpg").click()
    gallery.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(gallery.get_by_text("Image deleted")).to_be_visible()
    assert set(images_of(server, token)) == {"picture-1.jpg", "picture-2.jpg"}
    with gallery.expect_response(lambda answer: answer.request.method == "DELETE") as answered:
        expect(gallery.get_by_text("Image deleted")).to_be_hidden()
    assert answered.value.status == 204
    assert set(images_of(server, token)) == {"picture-2.jpg"}


def test_the_keys_act_on_the_image_that_has_the_focus(gallery: Page, server: Server, token: str) -> None:
    upload(gallery, *(a_picture(number) for number in range(3)))
    gallery.get_by_role("option", name="picture-1.jpg").focus()
    with gallery.expect_response(lambda answer: answer.request.method == "DELETE") as answered:
        gallery.keyboard.press("Delete")
    assert answered.value.status == 204
    assert set(images_of(server, token)) == {"picture-0.jpg", "picture-2.jpg"}


def test_a_deletion_is_taken_back_by_the_keyboard(gallery: Page, server: Server, token: str) -> None:
    upload(gallery, a_picture(1))
    gallery.get_by_role("option", name="picture-1.jpg").focus()
    gallery.keyboard.press("Delete")
    expect(gallery.locator(".tile")).to_have_count(0)
    gallery.keyboard.press("Control+z")
    expect(gallery.get_by_role("option", name="picture-1.jpg")).to_be_visible()
    assert set(images_of(server, token)) == {"picture-1.jpg"}


def test_the_account_says_what_is_stored(gallery: Page, server: Server, token: str) -> None:
    upload(gallery, a_picture(1), a_picture(2))
    gallery.get_by_role("button", name="Account").click()
    expect(gallery.locator(".account")).to_contain_text("2 images")
    expect(gallery.locator(".account")).to_contain_text("kB")


def test_the_gallery_goes_on_when_the_server_is_back(open_page: Opener, own_server: Server) -> None:
    page = open_page(own_server)
    log_in(page, token_of(own_server))
    upload(page, a_picture(1))
    own_server.stop()
    page.get_by_role("searchbox").fill("picture")
    expect(page.get_by_role("alert")).to_contain_text("The service does not answer.")
    own_server.start()
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.get_by_role("option", name="picture-1.jpg")).to_be_visible()
