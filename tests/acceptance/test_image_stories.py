"""What users do with images: each test runs over HTTP, and on the command line here and over HTTP."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from acceptance.drivers import CliDriver, Driver, HttpDriver, Refused, RemoteCliDriver
from domain.model.pixels.media import ImageFormat
from kit.images.samples import an_animation, sample_image, size_of
from kit.servers.calotype import Server

DRIVERS: dict[str, Callable[[Server, str, Path], Driver]] = {
    "http": lambda server, username, _: HttpDriver(server, username),
    "cli": CliDriver,
    "cli with --server": RemoteCliDriver,
}


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest, server: Server, username: str, tmp_path: Path) -> Driver:
    return DRIVERS[request.param](server, username, tmp_path)


def test_an_image_is_stored_listed_shown_replaced_and_deleted(driver: Driver) -> None:
    stored = driver.store(sample_image(seed=1), "sample.png")
    id = str(stored["id"])
    assert stored["name"] == "sample.png"
    assert [image["id"] for image in driver.browse()] == [stored["id"]]
    assert driver.describe(id)["sha256"] == stored["sha256"]
    assert hashlib.sha256(driver.fetch("sample.png")).hexdigest() == stored["sha256"]
    assert driver.fetch(id) == driver.fetch("sample.png")

    replaced = driver.replace(id, sample_image(ImageFormat.JPEG, seed=2), "better.jpg")
    assert (replaced["id"], replaced["name"]) == (stored["id"], "better.jpg")
    assert replaced["sha256"] != stored["sha256"]
    assert driver.fetch("better.jpg")[:2] == b"\xff\xd8"

    driver.delete(id)
    assert driver.browse() == []
    for reference in (id, "better.jpg"):
        with pytest.raises((Refused, StopIteration)):
            driver.describe(reference)


def test_an_image_is_smaller_than_its_upload_and_says_how(driver: Driver) -> None:
    upload = sample_image(width=300, height=200)
    stored = driver.store(upload, "wasteful.png")
    receipt = stored["compression"]
    assert receipt["uploaded_size"] == stored["uploaded_size"] == len(upload)
    assert receipt["size"] == stored["size"] == len(driver.fetch("wasteful.png")) < len(upload)
    assert (receipt["lossless"], receipt["codec"], receipt["mode"]) == (True, "oxipng", "excellent")


def test_variants_are_made_in_the_background(driver: Driver) -> None:
    stored = driver.store(sample_image(width=800, height=600), "large.png")
    assert (stored["small"], stored["medium"]) == (None, None)
    for _ in range(200):
        described = driver.describe(str(stored["id"]))
        if described["small"] and described["medium"]:
            break
        time.sleep(0.1)
    assert size_of(driver.fetch("large.png", "small")) == (133, 100)
    assert size_of(driver.fetch("large.png", "medium")) == (400, 300)


def test_an_image_that_is_small_enough_is_its_own_variant(driver: Driver) -> None:
    stored = driver.store(sample_image(ImageFormat.JPEG, 120, 90), "little.jpg")
    assert stored["small"]
    assert stored["medium"]
    whole = driver.fetch("little.jpg")
    assert driver.fetch("little.jpg", "small") == driver.fetch("little.jpg", "medium") == whole
    replaced = driver.replace(str(stored["id"]), sample_image(ImageFormat.JPEG, 800, 600), "little.jpg")
    assert (replaced["small"], replaced["medium"]) == (None, None)
    driver.delete(str(stored["id"]))


def test_a_taken_name_gets_a_suffix_of_seven_characters(driver: Driver) -> None:
    driver.store(sample_image(seed=1), "sample.png")
    second = driver.store(sample_image(seed=2), "sample.png")
    stem, _, suffix = second["name"].removesuffix(".png").partition("_")
    assert (stem, len(suffix), suffix.isalnum()) == ("sample", 7, True)


def test_the_newest_image_comes_first(driver: Driver) -> None:
    ids = [driver.store(sample_image(seed=seed), f"{seed}.png")["id"] for seed in range(3)]
    assert [image["id"] for image in driver.browse()] == ids[::-1]


def test_an_image_that_is_replaced_by_its_id_takes_the_name_of_the_file(driver: Driver) -> None:
    id = str(driver.store(sample_image(seed=1), "sample.png")["id"])
    driver.store(sample_image(seed=2), "other.png")
    assert driver.replace(id, sample_image(ImageFormat.JPEG), "better.png")["name"] == "better.jpg"
    assert driver.replace(id, sample_image(ImageFormat.JPEG, seed=3), "better.jpg")["name"] == "better.jpg"
    stem, _, suffix = driver.replace(id, sample_image(seed=4), "other.png")["name"].removesuffix(".png").partition("_")
    assert (stem, len(suffix), suffix.isalnum()) == ("other", 7, True)


def test_a_replacement_by_name_must_have_the_same_format(driver: Driver) -> None:
    driver.store(sample_image(), "sample.png")
    with pytest.raises(Refused) as refused:
        driver.replace("sample.png", sample_image(ImageFormat.JPEG), "sample.jpg")
    assert refused.value.why == "bad input"
    assert "by its id" in str(refused.value)
    assert driver.replace("sample.png", sample_image(seed=5), "other.png")["name"] == "sample.png"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"not an image at all", "not an image"),
        (sample_image()[:-40], "not an image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "JPEG, PNG, GIF, WebP, AVIF"),
        (b"%PDF-1.7\n", "JPEG, PNG, GIF, WebP, AVIF"),
    ],
    ids=["nothing", "garbage", "truncated", "svg", "pdf"],
)
def test_a_file_that_is_no_image_is_refused_with_a_message_and_leaves_nothing(
    driver: Driver, data: bytes, said: str
) -> None:
    with pytest.raises(Refused) as refused:
        driver.store(data, "sample.png")
    assert refused.value.why == "bad input"
    assert said in str(refused.value)
    assert driver.browse() == []


def test_an_animation_keeps_its_frames_and_its_variants_show_the_first(driver: Driver) -> None:
    stored = driver.store(an_animation(), "moving.gif")
    assert (stored["format"], stored["frames"]) == ("gif", 3)


def test_an_image_that_was_never_stored_is_not_found(driver: Driver) -> None:
    for attempt in (lambda: driver.describe("999999"), lambda: driver.delete("never.png")):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.why == "not found"


@pytest.mark.parametrize("interface", DRIVERS)
def test_images_of_other_users_are_not_visible(server: Server, username: str, tmp_path: Path, interface: str) -> None:
    mine = HttpDriver(server, username)
    id = str(mine.store(sample_image(), "mine.png")["id"])
    other = f"{username}-other"
    others = DRIVERS[interface](server, other, tmp_path)
    assert others.browse() == []
    for attempt in (lambda: others.describe(id), lambda: others.delete(id), lambda: others.delete("mine.png")):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.why == "not found"
    assert others.store(sample_image(), "mine.png")["name"] == "mine.png"
    assert mine.describe(id)["id"] == int(id)


def test_what_is_said_about_an_image_can_be_changed(driver: Driver) -> None:
    id = str(driver.store(sample_image(), "sample.png")["id"])
    edited = driver.edit(
        id, name="cat", alt="A cat", tags=["Pet", "cat"], public=True, expires_at="2999-01-31T00:00:00Z"
    )
    expected = ("cat.png", "A cat", ["cat", "pet"], True, "2999-01-31T00:00:00.000000Z")
    assert tuple(edited[each] for each in ("name", "alt", "tags", "public", "expires_at")) == expected
    assert driver.edit("cat.png", alt="", tags=[])["tags"] == []
    described = driver.describe(id)
    assert (described["alt"], described["public"]) == ("", True)
    cleared = driver.edit(id, public=False, expires_at=None)
    assert (cleared["public"], cleared["expires_at"]) == (False, None)
    driver.store(sample_image(seed=2), "dog.png")
    with pytest.raises(Refused) as refused:
        driver.edit("dog.png", name="cat")
    assert refused.value.why == "conflict"
    with pytest.raises(Refused) as refused:
        driver.edit("dog.png", tags=["a" * 65])
    assert refused.value.why == "bad input"
