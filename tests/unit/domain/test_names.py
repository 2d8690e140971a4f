"""Names of images."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.images.naming import ImageReference, fits_format, safe_name, sent_name_of, variant_name, with_suffix
from domain.model.pixels.media import ImageFormat


@pytest.mark.parametrize(
    ("submitted", "format", "kept"),
    [
        ("sample.png", ImageFormat.PNG, "sample.png"),
        ("Photo.JPG", ImageFormat.JPEG, "Photo.JPG"),
        ("photo.jpeg", ImageFormat.JPEG, "photo.jpeg"),
        ("photo.png", ImageFormat.JPEG, "photo.jpg"),
        ("notes.txt", ImageFormat.GIF, "notes.gif"),
        ("holiday.2024", ImageFormat.WEBP, "holiday.2024.webp"),
        ("no extension", ImageFormat.AVIF, "no extension.avif"),
        ("../../etc/passwd", ImageFormat.PNG, "passwd.png"),
        ("C:\\Users\\me\\cat.gif", ImageFormat.GIF, "cat.gif"),
        ("", ImageFormat.PNG, "image.png"),
        ("...", ImageFormat.PNG, "image.png"),
        (".htaccess", ImageFormat.PNG, "htaccess.png"),
        ("a\x00b\r\nc.png", ImageFormat.PNG, "abc.png"),
        ("evil\u202egnp.exe", ImageFormat.PNG, "evilgnp.png"),
        ("cafe\u0301.png", ImageFormat.PNG, "caf\u00e9.png"),
        ("\u732b.png", ImageFormat.PNG, "\u732b.png"),
        ("1", ImageFormat.PNG, "1.png"),
    ],
)
def test_a_client_file_name_is_made_safe(submitted: str, format: ImageFormat, kept: str) -> None:
    assert safe_name(submitted, format) == kept


@given(st.text(st.characters(), max_size=400), st.sampled_from(ImageFormat))
def test_every_name_keeps_the_rules(submitted: str, format: ImageFormat) -> None:
    name = safe_name(submitted, format)
    assert len(name.encode()) <= 255
    assert fits_format(name, format)
    assert not set("/\\\x00\r\n") & set(name)
    assert not name.startswith(".")
    assert unicodedata.is_normalized("NFC", name)
    parsed = ImageReference.parse(name)
    assert (parsed.sent_name if sent_name_of(submitted, format) else parsed.name) == name
    assert len(with_suffix(name, "abc1234").encode()) <= 255


def test_a_taken_name_gets_its_suffix_before_the_extension() -> None:
    assert with_suffix(safe_name("sample.png", ImageFormat.PNG), "a1b2c3d") == "sample_a1b2c3d.png"


def test_a_variant_is_saved_under_a_name_of_its_own() -> None:
    name = safe_name("cat.gif", ImageFormat.GIF)
    assert variant_name(name, "small", ImageFormat.PNG) == "cat_small.png"


@pytest.mark.parametrize("text", ["9" * 19, "9" * 500, "0"])
def test_a_number_outside_the_range_of_ids_is_still_an_id(text: str) -> None:
    reference = ImageReference.parse(text)
    assert reference.id is not None
    assert reference.id < 2**63


def test_digits_of_other_scripts_are_a_name() -> None:
    assert ImageReference.parse("\u0661\u0662").name == "\u0661\u0662"
