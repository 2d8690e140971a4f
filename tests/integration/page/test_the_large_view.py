"""One image, large: the way from one to the next, its facts, links to it, and what can be changed."""

import re

import pytest
from playwright.sync_api import Page, expect

from integration.page.conftest import Opener
from kit.page.steps import a_large_picture, a_picture, images_of, upload
from kit.servers.calotype import Server


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_the_arrow_keys_lead_from_image_to_image(gallery: Page) -> None:
    upload(gallery, *(a_picture(number) for number in range(3)))
    order = gallery.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.ariaLabel)")
    gallery.locator(".tile").first.focus()
    gallery.keyboard.press("Enter")
    heading(gallery, order[0])
    gallery.keyboard.press("ArrowLeft")
    heading(gallery, order[0])
    gallery.keyboard.press("ArrowRight")
    heading(gallery, order[1])
    gallery.keyboard.press("ArrowRight")
    heading(gallery, order[2])
    gallery.keyboard.press("ArrowRight")
    heading(gallery, order[2])
    gallery.keyboard.press("ArrowLeft")
    heading(gallery, order[1])
    gallery.reload()  # the image is in the address
    heading(gallery, order[1])
    gallery.keyboard.press("Escape")
    expect(gallery.get_by_role("dialog")).to_be_hidden()
    expect(gallery.get_by_role("option", name=order[1])).to_be_focused()


def test_the_way_back_closes_the_large_view(gallery: Page) -> None:
    upload(gallery, a_picture(1))
    gallery.locator(".tile").first.click()
    heading(gallery, "picture-1.jpg")
    gallery.go_back()
    expect(gallery.get_by_role("dialog")).to_be_hidden()
    expect(gallery.locator(".tile")).to_have_count(1)


def test_the_receipt_is_shown(gallery: Page, server: Server, token: str) -> None:
    upload(gallery, a_large_picture(1))
    gallery.locator(".tile").first.click()
    receipt = images_of(server, token)["large-1.jpg"]["compression"]
    assert isinstance(receipt, dict)
    assert receipt["score"] is not None
    shown = gallery.locator(".receipt")
    expect(shown).to_contain_text(f"Whole image {receipt['score']:.1f}")
    expect(shown).to_contain_text(f"Worst place {receipt['lowest']:.1f}")
    saved = 1 - receipt["size"] / receipt["uploaded_size"]
    expect(shown).to_contain_text(f"saved, {saved:.0%}")


def test_links_are_copied_in_four_forms(gallery: Page, server: Server, token: str) -> None:
    gallery.context.grant_permissions(["clipboard-read", "clipboard-write"])
    upload(gallery, a_picture(1))
    gallery.locator(".tile").first.click()
    gallery.get_by_label("Text for people").fill('A "sun" [low] & red')
    gallery.get_by_role("button", name="Save").click()
    gallery.get_by_label("Public").check()
    expect(gallery.get_by_text("works as long as the image is public")).to_be_visible()
    url = images_of(server, token)["picture-1.jpg"]["public_url"]
    assert isinstance(url, str)
    expected = {
        "URL": url,
        "Markdown": f'![A "sun" \\[low\\] & red](<{url}>)',
        "HTML": f'<img src="{url}" alt="A &quot;sun&quot; [low] &amp; red" width="320" height="240">',
        "BBCode": f"[img]{url}[/img]",
    }
    for form, text in expected.items():
        gallery.get_by_role("button", name=form, exact=True).click()
        expect(gallery.get_by_text(f"Copied: {form}")).to_be_visible()
        assert gallery.evaluate("navigator.clipboard.readText()") == text
    assert gallery.request.get(url).status == 200  # without a token


def test_tags_and_a_name_are_changed(gallery: Page, server: Server, token: str) -> None:
    upload(gallery, a_picture(1))
    gallery.locator(".tile").first.click()
    gallery.get_by_label("Tags").fill("Sun, evening,  sun ")
    gallery.get_by_label("Name", exact=True).fill("renamed.jpg")
    gallery.get_by_role("button", name="Save").click()
    heading(gallery, "renamed.jpg")
    assert images_of(server, token)["renamed.jpg"]["tags"] == ["evening", "sun"]
    gallery.get_by_label("Tags").fill("")
    gallery.get_by_role("button", name="Save").click()
    expect(gallery.get_by_role("status").get_by_text("Saved")).to_be_visible()
    assert images_of(server, token)["renamed.jpg"]["tags"] == []


def test_a_refused_change_says_why(gallery: Page) -> None:
    upload(gallery, a_picture(1), a_picture(2))
    gallery.get_by_role("option", name="picture-1.jpg").click()
    gallery.get_by_label("Name", exact=True).fill("picture-2.jpg")
    gallery.get_by_role("button", name="Save").click()
    expect(gallery.get_by_role("alert").filter(has_text=re.compile("name", re.IGNORECASE))).to_be_visible()


def test_a_slider_compares_the_upload_with_what_is_stored(gallery: Page) -> None:
    upload(gallery, a_large_picture(1))
    gallery.locator(".tile").first.click()
    gallery.get_by_role("button", name="Compare with the upload").click()
    shown = gallery.locator(".picture img.upload")
    expect(shown).to_have_js_property("naturalWidth", 480)
    assert shown.get_attribute("src").startswith("blob:")  # type: ignore[union-attr]  # it has one
    slider = gallery.get_by_label("Upload to the left, stored to the right")
    slider.focus()
    gallery.keyboard.press("End")
    expect(shown).to_have_css("clip-path", re.compile(r"^inset\(0(px|%)?\)$|^inset\(0px 0% 0px 0px\)$"))
    gallery.keyboard.press("Home")
    expect(shown).to_have_css("clip-path", "inset(0px 100% 0px 0px)")
    heading(gallery, "large-1.jpg")  # the keys moved the slider, not the view
    gallery.reload()  # the browser has the upload no longer
    heading(gallery, "large-1.jpg")
    expect(gallery.get_by_role("button", name="Compare with the upload")).to_be_hidden()


@pytest.mark.parametrize("is_chosen", [False, True], ids=["by the browser", "by the user"])
def test_the_page_speaks_german(open_page: Opener, server: Server, token: str, is_chosen: bool) -> None:
    page = open_page(server, "en-GB" if is_chosen else "de-AT")
    if is_chosen:
        page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.get_by_role("button", name="Mit einem Zugangsschlüssel").click()
    page.get_by_label("Zugangsschlüssel").fill(token)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    expect(page.get_by_role("heading", name="Noch keine Bilder")).to_be_visible()
    page.set_input_files("[data-test=files]", [a_picture(1)])
    expect(page.get_by_text("1 hochgeladen")).to_be_visible()
    page.get_by_role("option", name="picture-1.jpg").click()
    expect(page.locator(".receipt")).to_contain_text(re.compile(r"\d,\d"))  # a decimal comma
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "de")
