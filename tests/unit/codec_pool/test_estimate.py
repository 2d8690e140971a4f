"""How long an image will take, by the beginning of its file."""

import pytest

from adapters.codec.pool.estimate import HEAD_SIZE, estimated_seconds
from domain.model.pixels.media import ImageFormat
from kit.images.codecs import a_photo, encoded


@pytest.mark.parametrize(
    ("format", "per_megapixel", "options"),
    [
        (ImageFormat.JPEG, 0.1, {}),
        (ImageFormat.JPEG, 0.1, {"progressive": True, "exif": b"Exif\0\0" + bytes(30_000)}),
        (ImageFormat.PNG, 0.5, {}),
        (ImageFormat.GIF, 0.5, {}),
        (ImageFormat.WEBP, 0.05, {}),
        (ImageFormat.WEBP, 0.05, {"lossless": True}),
        (ImageFormat.WEBP, 0.05, {"exif": b"Exif\0\0"}),
        (ImageFormat.AVIF, 0.1, {}),
    ],
)
def test_the_estimate_follows_from_the_size_in_pixels(
    format: ImageFormat, per_megapixel: float, options: dict[str, object]
) -> None:
    head = encoded(a_photo(1000, 700), format, **options)[:HEAD_SIZE]
    assert estimated_seconds(head) == pytest.approx(0.7 * per_megapixel)


def test_every_frame_of_an_animation_counts() -> None:
    frames = [a_photo(200, 100).rotate(90 * number) for number in range(3)]
    for format, per_megapixel in ((ImageFormat.GIF, 0.5), (ImageFormat.WEBP, 0.05)):
        data = encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=100)
        assert estimated_seconds(data) == pytest.approx(3 * 0.02 * per_megapixel)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xe0\xff\xff" + bytes(100),
        b"\x89PNG",
        b"GIF89a",
        b"RIFF1234WEBPVP8 ",
        b"1234ftyp",
    ],
)
def test_a_file_whose_beginning_does_not_tell_counts_as_long(head: bytes) -> None:
    assert estimated_seconds(head) > 10
