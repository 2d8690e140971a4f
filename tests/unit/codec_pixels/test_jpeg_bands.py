"""A JPEG is decoded in bands of rows where the whole would take much memory, with the same pixels."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from adapters.codec.lossy.jpeg_bands import decoded_bands

LARGE, SMALL = (4100, 4000), (300, 200)


def a_jpeg(size: tuple[int, int], mode: str = "RGB") -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (20, 20, 3)).astype(np.uint8)
    target = BytesIO()
    Image.fromarray(pixels).resize(size).convert(mode).save(target, "JPEG", quality=80, progressive=True)
    return target.getvalue()


@pytest.mark.parametrize(("size", "mode"), [(SMALL, "RGB"), (SMALL, "L"), (LARGE, "RGB"), (LARGE, "L")])
def test_bands_have_the_pixels_of_the_whole(size: tuple[int, int], mode: str) -> None:
    data = a_jpeg(size, mode)
    with Image.open(BytesIO(data)) as whole:
        top = 0
        for band in decoded_bands(data, size):
            assert band.mode == mode
            assert np.array_equal(np.asarray(band), np.asarray(whole.crop((0, top, size[0], top + band.height))))
            top += band.height
    assert top == size[1]


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_file_cut_short_or_of_another_size_is_refused(size: tuple[int, int]) -> None:
    data = a_jpeg(size)
    for broken, expected in ((data[: len(data) // 2], size), (data[:100], size), (data, (size[0], size[1] - 1))):
        with pytest.raises(OSError, match=r"."):
            list(decoded_bands(broken, expected))
