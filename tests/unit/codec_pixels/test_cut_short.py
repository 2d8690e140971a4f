"""Files that were cut short get an end, and keep what is there."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from adapters.codec.format_table.headers import completed, read_facts
from adapters.codec.pixels.decode import every_frame
from domain.errors import UndecodableImage
from domain.model.pixels.media import ImageFormat
from kit.images.codecs import a_photo, encoded

MOST = 1_000_000  # pixels
JPEG, PNG, GIF = ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.GIF
PHOTO = a_photo()
ANIMATION: dict[str, Any] = {"save_all": True, "append_images": [PHOTO.rotate(90), PHOTO.rotate(180)]}


def frames(data: bytes) -> list[bytes]:
    return [each.convert("RGBA").tobytes() for each in every_frame(BytesIO(data), read_facts(data))]


def with_end(data: bytes) -> bytes:
    whole = completed(data, MOST)
    assert whole is not None
    assert completed(whole, MOST) is None
    return whole


@pytest.mark.parametrize(
    ("format", "options"),
    [(JPEG, {}), (JPEG, {"progressive": True}), (PNG, {}), (GIF, {}), (GIF, ANIMATION)],
    ids=["jpeg", "progressive", "png", "gif", "animation"],
)
def test_a_file_that_lacks_only_its_end_shows_the_same(format: ImageFormat, options: dict[str, Any]) -> None:
    data = encoded(PHOTO, format, **options)
    assert completed(data, MOST) is None
    for lost in range(1, {JPEG: 2, PNG: 12, GIF: 1}[format] + 1):
        assert frames(with_end(data[:-lost])) == frames(data)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P"])
@pytest.mark.parametrize("format", [JPEG, PNG])
def test_the_upper_part_of_an_image_is_kept(format: ImageFormat, mode: str) -> None:
    if format is JPEG and mode in ("RGBA", "P"):
        mode = "CMYK"
    image = PHOTO.convert(mode)
    data = encoded(image, format)
    [whole], [part] = frames(data), frames(with_end(data[: len(data) * 3 // 4]))
    assert len(part) == len(whole)
    assert part != whole
    quarter = len(whole) // 4
    assert part[:quarter] == whole[:quarter]


def test_a_png_that_is_cut_anywhere_in_its_pixels_can_be_decoded() -> None:
    data = encoded(PHOTO.resize((9, 7)))
    for size in range(data.index(b"IDAT") + 4, len(data)):
        assert len(frames(with_end(data[:size]))) == 1


def test_whole_frames_of_a_gif_are_kept() -> None:
    data = encoded(PHOTO, GIF, **ANIMATION)
    assert frames(with_end(data[:-20])) == frames(data)[:2]
    assert completed(data[: len(data) // 5], MOST) is None


def test_a_png_is_not_filled_beyond_the_most_pixels() -> None:
    data = encoded(Image.new("L", (1001, 1000)))[:-12]
    assert completed(data, MOST) is None
    with pytest.raises(UndecodableImage):
        read_facts(data)


def test_an_animated_png_and_other_formats_get_no_end() -> None:
    assert completed(encoded(PHOTO, **ANIMATION)[:-1], MOST) is None
    assert completed(encoded(PHOTO, ImageFormat.WEBP)[:-1], MOST) is None


def test_a_jpeg_without_pixels_gets_no_end() -> None:
    data = encoded(PHOTO, JPEG)
    assert completed(data[: data.index(b"\xff\xda")], MOST) is None
    with pytest.raises(UndecodableImage):
        completed(data[:5], MOST)
