"""The worst places of an image, found by a map of errors over every pixel."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.ssimulacra2 import score
from adapters.codec.scoring.worst_places import SIDE, worst_places

BUSY = np.random.default_rng(3).normal(128, 20, (700, 900, 3))


def shown(pixels: NDArray[np.floating]) -> OrientedImage:
    return OrientedImage(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)))


@pytest.mark.parametrize(("left", "top"), [(0, 0), (500, 333), (868, 668), (868, 3)])
def test_a_spoiled_spot_is_found_wherever_it_is(left: int, top: int) -> None:
    spoiled = BUSY.copy()
    spoiled[top : top + 32, left : left + 32, 0] += 50
    worst, *others = worst_places(shown(BUSY), shown(spoiled))
    assert worst.left <= left
    assert worst.top <= top
    assert worst.left + SIDE >= left + 32
    assert worst.top + SIDE >= top + 32
    assert worst.score < 80
    assert all(each.score == 100 for each in others)


def test_an_error_counts_more_on_plain_ground_than_in_detail() -> None:
    ground = np.full((256, 512, 3), 128.0)
    ground[:, 256:] += np.random.default_rng(4).normal(0, 30, (256, 256, 3))
    spoiled = ground + np.random.default_rng(5).normal(0, 4, ground.shape)
    assert worst_places(shown(ground), shown(spoiled))[0].left < 256


def test_colours_lost_in_a_busy_place_are_found_beside_faint_errors_on_plain_ground() -> None:
    ground = np.full((700, 1400, 3), 200.0)
    ground[400:528, 800:928] = BUSY[:128, :128] + np.random.default_rng(7).normal(0, 30, (128, 128, 1))
    ground[400:528:2, 800:928, 0] += 60
    faint = ground + np.random.default_rng(8).integers(-3, 4, ground.shape).astype(float)
    faint[400:528, 800:928] = ground[400:528, 800:928]
    faint[400:528, 800:928, 0] = faint[400:528, 800:928, 0].mean()
    places = worst_places(shown(ground), shown(faint))
    assert any(abs(each.left - 800) <= 64 and abs(each.top - 400) <= 64 for each in places)


def test_the_score_of_a_small_image_is_that_of_all_of_it() -> None:
    before = BUSY[:40, :50]
    after = before + np.random.default_rng(6).normal(0, 9, before.shape)
    [place] = worst_places(shown(before), shown(after))
    whole = score(*(np.clip(each, 0, 255).astype(np.uint8) for each in (before, after)))
    assert place.score == pytest.approx(whole)


def test_equal_images_have_no_bad_place() -> None:
    assert worst_places(shown(BUSY), shown(BUSY)) == []


def test_a_grey_image_is_judged_as_well() -> None:
    grey = OrientedImage(Image.fromarray(BUSY[..., 0].astype(np.uint8)))
    spoiled = BUSY[..., 0].copy()
    spoiled[100:130, 200:230] = 0
    assert worst_places(grey, OrientedImage(Image.fromarray(spoiled.astype(np.uint8))))[0].score < 60
