"""The page shows images whose links lead to an S3 store, and its policy names that store and no other host."""

from pathlib import Path

import httpx
from playwright.sync_api import Browser, expect

from integration.page.conftest import opened
from kit.page.steps import a_picture, log_in, token_of, upload
from kit.servers.calotype import running
from kit.servers.object_stores import ObjectStores, as_settings


def test_images_are_shown_from_the_store(browser: Browser, object_stores: ObjectStores, tmp_path: Path) -> None:
    bucket = object_stores.usual.make_bucket()
    store = f"http://{bucket.endpoint}"
    with (
        running(tmp_path, **as_settings(bucket)) as server,
        opened(browser, server, also=(store,)) as page,
    ):
        policy = httpx.get(server.url, headers={"Accept": "text/html"}).headers["Content-Security-Policy"]
        assert f"img-src 'self' blob: {store};" in policy
        log_in(page, token_of(server))
        upload(page, a_picture(1))
        shown = page.locator(".tile img.loaded")
        expect(shown).to_be_visible()
        assert shown.evaluate("image => image.currentSrc").startswith(store)
