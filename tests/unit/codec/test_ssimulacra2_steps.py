"""The steps of SSIMULACRA 2.1 that are not numpy's own: the blur by bands, and the cube root."""

import numpy as np
import pytest

from adapters.codec.scoring.blur import blurred
from adapters.codec.scoring.cube_root import replace_by_cube_roots


@pytest.mark.parametrize(("height", "width"), [(8, 8), (16, 128), (31, 9), (50, 33)])
@pytest.mark.parametrize("mirrored", [True, False])
def test_a_plane_is_blurred_as_one_extended_beyond_its_edges(height: int, width: int, mirrored: bool) -> None:
    plane = np.random.default_rng(1).random((height, width), np.float32)
    extended = np.pad(plane, 8, mode="symmetric") if mirrored else np.pad(plane, 8)
    middle = blurred(extended, mirrored=mirrored)[8:-8, 8:-8]
    assert np.allclose(blurred(plane, mirrored=mirrored), middle, atol=1e-6)


def test_the_blur_keeps_the_mean_and_spreads_a_point_evenly() -> None:
    point = np.zeros((33, 33), np.float32)
    point[16, 16] = 1
    spread = blurred(point, mirrored=True)
    assert spread.sum() == pytest.approx(1, abs=1e-3)
    assert np.allclose(spread, spread.T, atol=1e-7)
    assert np.allclose(spread, spread[::-1], atol=1e-7)
    rows = np.arange(33) - 16
    assert np.sqrt((spread.sum(axis=1) * rows**2).sum()) == pytest.approx(1.5, abs=0.05)


def test_cube_roots_are_exact_to_a_millionth() -> None:
    values = np.geomspace(1e-3, 4, 100_001).astype(np.float32)
    roots = values.copy()
    replace_by_cube_roots(roots)
    assert np.abs(roots / np.cbrt(values.astype(float)) - 1).max() < 1.5e-6
