"""Resampling by products of matrices, compared with Pillow's."""

import numpy as np
import pytest
from PIL import Image

from adapters.codec.pixels.linear_light import Light
from adapters.codec.pixels.resample import Extent, Size, resampled

RASTER = (150, 90)


def noise(bands: int) -> Light:
    return np.random.default_rng(1).random((RASTER[1], RASTER[0], bands), np.float32)


@pytest.mark.parametrize("extent", [RASTER, (149.5, 89.25)])
@pytest.mark.parametrize("size", [(1, 1), (40, 30), (7, 89), (150, 90), (149, 2)])
def test_the_result_is_the_one_of_pillow(size: Size, extent: Extent) -> None:
    light = noise(3)
    made = resampled(light.__getitem__, RASTER, extent, size)
    assert made.shape == (size[1], size[0], 3)
    for band in range(3):
        expected = Image.fromarray(light[..., band]).resize(size, Image.Resampling.LANCZOS, (0, 0, *extent))
        assert np.abs(made[..., band] - np.asarray(expected)).max() < 1e-5


def test_only_some_rows_are_asked_for_at_a_time() -> None:
    light, most = noise(1), 0

    def rows(which: slice) -> Light:
        nonlocal most
        most = max(most, which.stop - which.start)
        return light[which]

    resampled(rows, RASTER, RASTER, (50, 45))
    assert most <= 30
