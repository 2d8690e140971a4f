"""Which images count as long."""

import pytest

from adapters.codec.shared.duration import TakesLong, check_duration
from domain.model.pixels.media import ImageFacts, ImageFormat


def a_file(format: ImageFormat, width: int, height: int, frames: int = 1) -> ImageFacts:
    return ImageFacts(format=format, width=width, height=height, frames=frames)


@pytest.mark.parametrize("format", ImageFormat)
def test_a_small_image_is_short_and_the_largest_are_long(format: ImageFormat) -> None:
    check_duration(a_file(format, 900, 900), 100_000)
    with pytest.raises(TakesLong):
        check_duration(a_file(format, 7000, 7000), 1_000_000)


@pytest.mark.parametrize("format", [ImageFormat.GIF, ImageFormat.WEBP, ImageFormat.PNG, ImageFormat.AVIF])
def test_every_frame_counts(format: ImageFormat) -> None:
    check_duration(a_file(format, 400, 400), 20_000)
    with pytest.raises(TakesLong):
        check_duration(a_file(format, 400, 400, frames=1000), 20_000)


def test_a_file_with_many_bytes_for_its_pixels_is_long() -> None:
    check_duration(a_file(ImageFormat.JPEG, 2000, 2000), 2_000_000)
    with pytest.raises(TakesLong):
        check_duration(a_file(ImageFormat.JPEG, 2000, 2000), 20_000_000)
