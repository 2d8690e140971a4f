"""SSIMULACRA 2.1 against the reference implementation, and properties of any measure of similarity."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from adapters.codec.scoring.blur import blurred
from adapters.codec.scoring.cube_root import replace_by_cube_roots
from adapters.codec.scoring.ssimulacra2 import Reference, score

VECTORS = Path(__file__).parents[2] / "vectors"


def pixels(name: str) -> NDArray[np.uint8]:
    with Image.open(VECTORS / name) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize(
    ("distorted", "expected"),
    [("rocket.jpeg75.png", 71.60817173), ("rocket.jpeg40.png", 52.75288494), ("rocket.webp80.png", 73.74347206)],
)
def test_scores_are_those_of_the_reference_implementation(distorted: str, expected: float) -> None:
    assert score(pixels("rocket.png"), pixels(distorted)) == pytest.approx(expected, abs=0.1)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_an_image_compared_with_itself_scores_100(width: int, height: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    assert score(noise, noise) == 100


def test_more_noise_scores_less() -> None:
    original = pixels("rocket.png")
    noise = np.random.default_rng(1).normal(0, 1, original.shape)
    scores = [
        score(original, np.clip(original + noise * strength, 0, 255).astype(np.uint8)) for strength in (1, 3, 9, 27)
    ]
    assert scores == sorted(scores, reverse=True)
    assert 100 > scores[0] > scores[-1] + 20


def test_a_tile_counts_by_its_weight() -> None:
    original = np.stack([pixels("rocket.png")[:128, :128]] * 2)
    distorted = original.copy()
    distorted[1] = pixels("rocket.jpeg40.png")[:128, :128]
    by_weight = [Reference(original, np.array((1, weight))).score(distorted) for weight in (0, 0.2, 1, 5)]
    assert by_weight[0] == 100
    assert by_weight == sorted(by_weight, reverse=True)


def test_images_of_two_sizes_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="different shapes"):
        score(pixels("rocket.png"), pixels("rocket.png")[:-1])


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
